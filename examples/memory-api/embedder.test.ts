import { describe, expect, it } from 'vitest';
import { HashingEmbedder } from './embedder.ts';

const embedder = new HashingEmbedder();

describe('the hashing embedder', () => {
  it.each([
    ['the dog sleeps on the sofa', 'a sleepy dog on our sofa', 'the quarterly tax return is due'],
    ['walking in the park every morning', 'a morning walk through the park', 'coffee after lunch'],
    ['learning Spanish is fun', 'she learns Spanish', 'the train was late'],
    ['Größe und Gewicht', 'das Gewicht und die Größe', 'ein anderer Satz'],
  ])('finds %j nearer to %j than to %j', async (text, similar, different) => {
    expect(await cosine(text, similar)).toBeGreaterThan((await cosine(text, different)) + 0.2);
  });

  it('does not see case or punctuation', async () => {
    expect(await embedder.embed('Coffee, at NOON!')).toEqual(await embedder.embed('coffee at noon'));
  });

  it('always gives the same vector', async () => {
    const vector = await embedder.embed('Coffee');
    const places = vector.flatMap((value, index) => (value === 0 ? [] : [[index, value]]));
    expect(places).toMatchInlineSnapshot(`
      [
        [
          3,
          -0.267261,
        ],
        [
          10,
          -0.267261,
        ],
        [
          11,
          0.267261,
        ],
        [
          24,
          -0.267261,
        ],
        [
          33,
          -0.801784,
        ],
        [
          51,
          -0.267261,
        ],
      ]
    `);
  });

  it.each(['one', 'several words of text', 'x'.repeat(4000)])('gives length 1 to %j', async (text) => {
    const vector = await embedder.embed(text);
    expect(vector).toHaveLength(embedder.dimensions);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  });

  it.each([64, 384])('has as many dimensions as are asked for: %i', async (dimensions) => {
    const wide = new HashingEmbedder(dimensions);
    const vector = await wide.embed('a walk in the park');
    expect([wide.dimensions, vector.length]).toEqual([dimensions, dimensions]);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  });

  it.each(['', '?!', '🙂'])('gives nothing to %j, which has no words', async (text) => {
    expect(await embedder.embed(text)).toEqual(new Array(embedder.dimensions).fill(0));
  });
});

async function cosine(one: string, other: string): Promise<number> {
  const [a, b] = await Promise.all([embedder.embed(one), embedder.embed(other)]);
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}
