import { HashingEmbedder } from '../embedder.ts';
import type { BatchEmbedder } from './http-embedder.ts';

/** Embeddings without a provider: made here, by hashing. */
export class LocalEmbedder extends HashingEmbedder implements BatchEmbedder {
  embedAll(texts: readonly string[]): Promise<number[][]> {
    return Promise.all(texts.map((text) => this.embed(text)));
  }
}
