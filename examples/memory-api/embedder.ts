/** Turns a text into a vector whose direction stands for its meaning. */
export interface Embedder {
  readonly model: string;
  readonly dimensions: number;
  embed(text: string): Promise<number[]>;
}

/** Words that stand in every text and say nothing about it. */
const emptyWords = new Set(
  'a an and are as at be by for from in is it of on or that the this to was with'.split(' '),
);

/** A word says more about a text than three of its letters. */
const weightOfWord = 2;
const weightOfTrigram = 1;

/**
 * Feature hashing after Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (ICML 2009): every
 * word and every three letters of it add to the dimension that their hash chooses, with the sign that it chooses.
 * Needs no model and no network, and the same text always gives the same vector, of length 1 (0 for a text without
 * letters and digits).
 */
export class HashingEmbedder implements Embedder {
  readonly model = 'hashing';
  readonly dimensions: number;

  constructor(dimensions = 64) {
    this.dimensions = dimensions;
  }

  async embed(text: string): Promise<number[]> {
    const vector = new Array<number>(this.dimensions).fill(0);
    for (const [feature, weight] of features(text)) {
      const hash = fnv1a(feature);
      const sign = hash & 0x8000_0000 ? -1 : 1;
      vector[hash % this.dimensions]! += sign * weight;
    }
    return normalised(vector);
  }
}

function* features(text: string): Generator<[string, number]> {
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    if (emptyWords.has(word)) continue;
    yield [word, weightOfWord];
    const framed = `^${word}$`;
    for (let at = 0; at + 3 <= framed.length; at += 1) yield [framed.slice(at, at + 3), weightOfTrigram];
  }
}

/** Six decimals are what a 4-byte float holds; more would only make statements longer. */
const steps = 1e6;

function normalised(vector: readonly number[]): number[] {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? [...vector] : vector.map((value) => Math.round((value / length) * steps) / steps);
}

/** FNV-1a, 32 bits, over UTF-16 code units (http://www.isthe.com/chongo/tech/comp/fnv/). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
