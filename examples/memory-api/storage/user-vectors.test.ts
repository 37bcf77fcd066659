import { describe, expect, it } from 'vitest';
import { UserVectors, type Vector } from './user-vectors.ts';

const dimensions = 4;

/** No two have the same direction. */
const values = (n: number) => [Math.cos(n), Math.sin(n), Math.cos(n * n), 1 / (n + 1)];
function vector(n: number): Vector {
  const embedding = Buffer.alloc(dimensions * 4);
  for (const [i, value] of values(n).entries()) embedding.writeFloatBE(value, i * 4);
  return { id: `id-${n}`, created_at_us: n, embedding };
}

/** What the definition of the product gives for these, best first. */
function expected(ns: readonly number[], query: readonly number[]): [string, number][] {
  const score = (n: number) => values(n).reduce((sum, it, i) => sum + Math.fround(it) * query[i]!, 0);
  return ns.map((n): [string, number] => [`id-${n}`, score(n)]).sort(([, a], [, b]) => b - a);
}

function found(vectors: UserVectors, query: readonly number[]): [string, number][] {
  return vectors.nearest(query, 100).map(({ id, score }) => [id, score]);
}

describe('embeddings of one user, over several pages', () => {
  const all = Array.from({ length: 40 }, (_, n) => n);
  const query = [0.3, -0.7, 0.2, 0.6];
  const holds = (vectors: UserVectors, ns: readonly number[]) => {
    const hits = found(vectors, query);
    const right = expected(ns, query);
    expect(hits.map(([id]) => id)).toEqual(right.map(([id]) => id));
    for (const [i, [, score]] of hits.entries()) expect(score).toBeCloseTo(right[i]![1]);
  };

  it.each([
    ['the first go', all.slice(23)],
    ['the last go', all.slice(0, 17)],
    ['every other goes', all.filter((n) => n % 2 === 0)],
    ['a page is left', all.slice(10, 18)],
    ['one is left', [20]],
    ['none is left', []],
  ])('are found when %s, and when all come again', (_, kept) => {
    const vectors = new UserVectors(dimensions);
    vectors.putAll(all.map(vector));
    holds(vectors, all);
    const fullBytes = vectors.sizeBytes;
    vectors.keepOnly(new Set(kept.map((n) => `id-${n}`)));
    holds(vectors, kept);
    expect(vectors.size).toBe(kept.length);
    if (kept.length === 0) expect(vectors.sizeBytes).toBe(0);
    else expect(vectors.sizeBytes).toBeLessThan(fullBytes);
    vectors.putAll(all.map(vector));
    holds(vectors, all);
    expect(vectors.sizeBytes).toBe(fullBytes);
  });

  it('take another value, and leave with another number of dimensions', () => {
    const vectors = new UserVectors(dimensions);
    vectors.putAll(all.map(vector));
    vectors.putAll([{ ...vector(50), id: 'id-9' }]);
    const scores = new Map(found(vectors, query));
    expect(scores.get('id-9')).toBeCloseTo(expected([50], query)[0]![1]);
    vectors.putAll([{ id: 'id-9', created_at_us: 9, embedding: Buffer.alloc(8) }]);
    holds(
      vectors,
      all.filter((n) => n !== 9),
    );
    expect(vectors.size).toBe(40);
  });
});
