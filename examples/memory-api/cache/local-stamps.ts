import { LRUCache } from 'lru-cache';

/**
 * The stamps as this process knows them. A token is never used twice, so what was made under a struck stamp can be
 * told from what was made after. A stamp that is forgotten, being one too many, counts as struck.
 */
export class LocalStamps {
  readonly #tokens: LRUCache<string, number>;
  #last = 0;

  constructor(max: number) {
    this.#tokens = new LRUCache({ max });
  }

  tokensOf(stamps: readonly string[]): string[] {
    return stamps.map((stamp) => `${this.#tokens.get(stamp) ?? this.#stand(stamp)}`);
  }

  strike(names: readonly string[]): void {
    for (const name of names) this.#tokens.delete(name);
  }

  #stand(stamp: string): number {
    this.#last += 1;
    this.#tokens.set(stamp, this.#last);
    return this.#last;
  }
}
