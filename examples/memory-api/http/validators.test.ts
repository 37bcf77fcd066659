import { describe, expect, it } from 'vitest';
import { mostProblems, ValidationError } from '../errors.ts';
import {
  embeddingProblems,
  metadataProblems,
  refuse,
  storableProblems,
  textProblems,
  userIdProblems,
} from './validators.ts';

function nested(levels: number): object {
  return levels === 1 ? {} : { inner: nested(levels - 1) };
}

describe('user ids', () => {
  it.each(['ada', 'user-1', 'ada@example.org', 'auth0|5f7c', '1', 'a'.repeat(128)])('takes %s', (id) => {
    expect(userIdProblems('body.user_id', id)).toEqual([]);
  });
  it.each(['', ' ', 'a b', '-a', "o'brien", 'a\0', 'é', 'a\n', '../a', 'a'.repeat(129), 7, null])(
    'refuses %j',
    (id) => {
      expect(userIdProblems('body.user_id', id)).toEqual([
        { field: 'body.user_id', problem: expect.stringMatching(/^expected 1 to 128 letters.*, got /) },
      ]);
    },
  );
});

describe('texts', () => {
  const limits = { maxCharacters: 3, maxBytes: 8 };
  it.each(['a', 'abc', '€€', '👍👍'])('takes %s', (text) => {
    expect(textProblems('content', text, limits)).toEqual([]);
  });
  it.each([
    ['', 'expected 1 to 3 characters, got 0'],
    ['abcd', 'expected 1 to 3 characters, got more'],
    ['a'.repeat(10_000_000), 'expected 1 to 3 characters, got more'],
    ['€€€', 'expected at most 8 bytes of UTF-8, got 9'],
    ['a\0b', 'expected a text without the character U+0000'],
    ['a\ud83d', 'expected Unicode, got half of a surrogate pair'],
    ['\udc4da', 'expected Unicode, got half of a surrogate pair'],
    [5, 'expected a text, got 5'],
    [undefined, 'expected a text, got nothing'],
    [['a'], 'expected a text, got a list'],
  ])('%#: %.20s', (text, problem) => {
    expect(textProblems('content', text, limits)).toEqual([{ field: 'content', problem }]);
  });
});

describe('embeddings', () => {
  it.each([[[1, 2, 3]], [[0, -0, 1e-40]], [[3.4e38, -3.4e38, 0]]])('takes %j', (vector) => {
    expect(embeddingProblems('embedding', vector, 3)).toEqual([]);
  });
  it.each([
    [[1, 2], 'embedding', 'expected 3 dimensions, got 2'],
    [[1, 2, 3, 4], 'embedding', 'expected 3 dimensions, got 4'],
    [[1, Number.NaN, 3], 'embedding.1', 'expected a finite number that fits 4 bytes, got NaN'],
    [
      [Number.POSITIVE_INFINITY, 2, 3],
      'embedding.0',
      'expected a finite number that fits 4 bytes, got Infinity',
    ],
    [[1, 2, 1e39], 'embedding.2', 'expected a finite number that fits 4 bytes, got 1e+39'],
    [[1, 2, '3'], 'embedding.2', 'expected a finite number that fits 4 bytes, got a text of 1 characters'],
    [[1, null, 3], 'embedding.1', 'expected a finite number that fits 4 bytes, got nothing'],
    ['abc', 'embedding', 'expected a list of 3 numbers'],
  ])('refuses %j', (vector, field, problem) => {
    expect(embeddingProblems('embedding', vector, 3)).toEqual([{ field, problem }]);
  });
});

describe('metadata', () => {
  it.each([[{}], [{ a: [1, 'b', null, true] }], [nested(8)]])('takes %j', (metadata) => {
    expect(metadataProblems('metadata', metadata)).toEqual([]);
  });
  it.each([
    [[], 'metadata', 'expected an object, got a list'],
    [null, 'metadata', 'expected an object, got nothing'],
    [nested(9), 'metadata', 'expected at most 8 levels'],
    [nested(1000), 'metadata', 'expected at most 8 levels'],
    [{ a: 'x'.repeat(20_000) }, 'metadata', 'expected at most 16384 bytes of JSON, got 20008'],
    [{ a: { b: ['\0'] } }, 'metadata.a.b.0', 'expected a text without the character U+0000'],
    [{ a: { 'b\0': 1 } }, 'metadata.a', 'expected a text without the character U+0000'],
    [{ a: JSON.parse('1e999') }, 'metadata.a', 'expected a finite number, got Infinity'],
  ])('%#: %.40j', (metadata, field, problem) => {
    expect(metadataProblems('metadata', metadata)).toEqual([{ field, problem }]);
  });
});

it('looks only so deep, whatever comes', () => {
  const [problem] = storableProblems('body', nested(5000));
  expect(problem?.problem).toBe('expected at most 64 levels');
});

it('looks no further when there are more problems than are told', () => {
  const many = { a: Array(5000).fill(Number.NaN) };
  expect(storableProblems('body', many)).toHaveLength(mostProblems + 1);
});

it('tells so many problems, and of each so much', () => {
  const problem = { field: 'f'.repeat(1000), problem: 'p'.repeat(1000) };
  const body = (problems: number) => new ValidationError(Array(problems).fill(problem)).toBody().error;
  const cut = { field: `${'f'.repeat(200)}…`, problem: `${'p'.repeat(300)}…` };
  expect(body(mostProblems).details).toEqual({ problems: Array(mostProblems).fill(cut) });
  expect(body(mostProblems + 1).details).toEqual({ problems: Array(mostProblems).fill(cut), more: true });
  expect(body(mostProblems + 1).message).toMatch(/; and more$/);
});

it('refuses with all problems at once, and does nothing when there are none', () => {
  refuse([], []);
  const [one, two] = [
    userIdProblems('body.user_id', ''),
    textProblems('body.content', 5, { maxCharacters: 9 }),
  ];
  expect(() => refuse(one, two)).toThrow(ValidationError);
  expect(() => refuse(one, two)).toThrow(/body\.user_id: expected.*; body\.content: expected a text, got 5/);
});
