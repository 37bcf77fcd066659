import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AuthenticationError,
  AuthorizationError,
  CircuitBreakerOpenError,
  ConflictError,
  DatabaseError,
  ExternalError,
  InternalError,
  NetworkError,
  NotFoundError,
  RateLimitError,
  ValidationError,
} from '../errors.ts';
import { errorFields } from '../test-error-fields.ts';
import type { MemoryOperations } from './operations.ts';
import { connectHttp, type TestClient } from './test-client.ts';
import { keyOf, serveHttp, type TestHttp } from './test-http.ts';

const secret = new Error('select secret from vault at /srv/app/store.js:12', {
  cause: new Error('password=hunter2'),
});

/** What the next operation does; set by each test. */
let next: () => unknown = () => undefined;
let asked = 0;
const operation = async (): Promise<never> => {
  asked += 1;
  return next() as never;
};
const operations: MemoryOperations = {
  create: operation,
  read: operation,
  list: operation,
  update: operation,
  delete: operation,
  search: operation,
};

let http: TestHttp;
let all: TestClient;

beforeAll(async () => {
  http = await serveHttp({ operations });
  all = await connectHttp(http.origin, keyOf('all'));
});

afterAll(async () => {
  await all?.[Symbol.asyncDispose]();
  await http?.[Symbol.asyncDispose]();
});

describe('what an operation throws is told by the tool', () => {
  it.each([
    [new ValidationError([{ field: 'x', problem: 'is odd' }]), 'VALIDATION_FAILED', 'validation', false],
    [new AuthenticationError(), 'AUTHENTICATION_FAILED', 'authentication', false],
    [new AuthorizationError('this'), 'NOT_ALLOWED', 'authorization', false],
    [new RateLimitError(3), 'RATE_LIMIT_EXCEEDED', 'authorization', true],
    [new NotFoundError('memory 7'), 'NOT_FOUND', 'not_found', false],
    [new ConflictError('it was changed'), 'CONFLICT', 'conflict', false],
    [new InternalError(secret), 'INTERNAL_ERROR', 'internal', false],
    [new ExternalError('the embeddings provider', secret), 'DEPENDENCY_FAILED', 'external', true],
    [
      new NetworkError('the embeddings provider', { cause: secret }),
      'DEPENDENCY_UNREACHABLE',
      'network',
      true,
    ],
    [new CircuitBreakerOpenError('the database', secret), 'CIRCUIT_BREAKER_OPEN', 'network', true],
    [new DatabaseError(secret), 'DATABASE_UNAVAILABLE', 'database', true],
  ])('%s', async (error, error_code, category, recoverable) => {
    next = () => Promise.reject(error);
    const answer = await all.call('delete_memory', { id: randomUUID() });
    expect(answer).toMatchObject({ failed: true, structured: undefined });
    expect(Object.keys(answer.text.error)).toEqual(errorFields);
    expect(answer.text.error).toMatchObject({ error_code, category, recoverable, message: error.message });
    expect(JSON.stringify(answer)).not.toMatch(/vault|hunter2|store\.js/);
  });

  it.each([
    ['an error', () => Promise.reject(secret)],
    ['a text', () => Promise.reject('select secret from vault')],
    ['nothing', () => Promise.reject(undefined)],
    ['an answer that is none', () => ({ id: 'vault', content: 7 })],
  ])('whatever nobody expected is an internal error: %s', async (_, work) => {
    next = work;
    const answer = await all.call('get_memory', { id: randomUUID() });
    expect(answer).toMatchObject({
      failed: true,
      text: { error: { error_code: 'INTERNAL_ERROR', category: 'internal', severity: 'critical' } },
    });
    expect(JSON.stringify(answer)).not.toMatch(/vault|hunter2|store\.js/);
    expect(http.logged.at(-2)).toMatchObject({ level: 'error', tool: 'get_memory' });
  });

  it('and nothing goes out that the schema does not name', async () => {
    const memory = {
      id: randomUUID(),
      user_id: 'ada',
      kind: 'fact',
      content: 'x',
      metadata: {},
      created_at: new Date(0).toISOString(),
    };
    next = () => ({ ...memory, embedding: [0.1] });
    const { structured, text } = await all.call('get_memory', { id: memory.id });
    expect(structured).toEqual({ data: memory });
    expect(text).toEqual(structured);
  });
});

const memory = { user_id: 'ada', kind: 'fact', content: 'x' };
const id = randomUUID();
const deep = JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`);

describe('a call that takes too long', () => {
  it('is answered in time, and what it began is still finished', async () => {
    const late = Promise.withResolvers<void>();
    const heard: string[] = [];
    let finished = false;
    const slow = async () => {
      await late.promise;
      finished = true;
    };
    const patient = await serveHttp({
      operations: { ...operations, delete: slow },
      callTimeoutMs: 50,
      onFailed: ({ method }, { code }) => heard.push(`${method} ${code}`),
    });
    await using ada = await connectHttp(patient.origin, keyOf('ada'));
    const answer = await ada.call('delete_memory', { id: randomUUID() });
    expect(answer).toMatchObject({
      failed: true,
      text: { error: { error_code: 'DEADLINE_EXCEEDED', category: 'network', recoverable: true } },
    });
    expect(heard).toEqual(['POST DEADLINE_EXCEEDED']);
    const finishedAtClose = patient.app.close().then(() => finished);
    late.resolve();
    expect(await finishedAtClose).toBe(true);
  });
});

describe('what does not fit the schema never reaches an operation', () => {
  it.each([
    ['no user', 'create_memory', { kind: 'fact', content: 'x' }, 'arguments.user_id'],
    ['an empty user', 'create_memory', { ...memory, user_id: '' }, 'arguments.user_id'],
    [
      'a user of 129 characters',
      'create_memory',
      { ...memory, user_id: 'x'.repeat(129) },
      'arguments.user_id',
    ],
    ['another kind', 'create_memory', { ...memory, kind: 'dream' }, 'arguments.kind'],
    ['content that is a number', 'create_memory', { ...memory, content: 7 }, 'arguments.content'],
    [
      'content of 4,001 characters',
      'create_memory',
      { ...memory, content: 'x'.repeat(4001) },
      'arguments.content',
    ],
    ['a NUL in the content', 'create_memory', { ...memory, content: 'a\0b' }, 'arguments.content'],
    ['half a character', 'create_memory', { ...memory, content: '\ud83d' }, 'arguments.content'],
    ['metadata that is a list', 'create_memory', { ...memory, metadata: [1] }, 'arguments.metadata'],
    ['metadata of 500 levels', 'create_memory', { ...memory, metadata: { deep } }, 'arguments.metadata'],
    [
      'a NUL in the metadata',
      'create_memory',
      { ...memory, metadata: { a: ['\0'] } },
      'arguments.metadata.a.0',
    ],
    [
      'metadata of 20 KB',
      'create_memory',
      { ...memory, metadata: { a: 'x'.repeat(20_000) } },
      'arguments.metadata',
    ],
    ['an unknown field', 'create_memory', { ...memory, embedding: [1] }, 'arguments'],
    ['an id that is none', 'get_memory', { id: '1; drop table memories' }, 'arguments.id'],
    ['no id', 'delete_memory', {}, 'arguments.id'],
    ['no change', 'update_memory', { id }, 'arguments'],
    ['a change of the owner only', 'update_memory', { id, user_id: 'ben' }, 'arguments'],
    ['page 0', 'list_memories', { user_id: 'ada', page: 0 }, 'arguments.page'],
    ['half a page', 'list_memories', { user_id: 'ada', page: 1.5 }, 'arguments.page'],
    ['a limit of 10 million', 'list_memories', { user_id: 'ada', limit: 10_000_000 }, 'arguments.limit'],
    ['a limit as text', 'search_memories', { user_id: 'ada', query: 'x', limit: '5' }, 'arguments.limit'],
    ['an empty query', 'search_memories', { user_id: 'ada', query: '' }, 'arguments.query'],
  ])('%s', async (_, tool, given, field) => {
    asked = 0;
    const answer = await all.call(tool, given);
    expect(answer).toMatchObject({
      failed: true,
      text: { error: { error_code: 'VALIDATION_FAILED', category: 'validation', recoverable: false } },
    });
    expect(answer.text.error.details.problems[0].field).toBe(field);
    expect(asked).toBe(0);
  });

  it('all that is wrong is told at once', async () => {
    const { text } = await all.call('create_memory', { user_id: 7, content: '' });
    const fields = text.error.details.problems.map(({ field }: { field: string }) => field);
    expect(fields).toEqual(['arguments.user_id', 'arguments.kind', 'arguments.content']);
  });

  it('4,000 characters outside the basic plane are not too many', async () => {
    next = () => Promise.reject(new ConflictError('asked'));
    const { text } = await all.call('create_memory', { ...memory, content: '🦊'.repeat(4000) });
    expect(text.error.error_code).toBe('CONFLICT');
  });
});
