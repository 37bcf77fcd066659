/**
 * Remembers what was asked for lately, within bounds: two generations of half the size. What is found in the old one moves
 * to the new one; when that is full it becomes the old one, and what nobody asked for since is gone.
 */
export class GenerationCache<V> {
  readonly #most: { readonly entries: number; readonly characters: number };
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  #characters = 0;

  /** Bounds of both generations together: how many keys, and how long all keys are. */
  constructor(most: { readonly entries: number; readonly characters: number }) {
    this.#most = most;
  }

  get(key: string): V | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const kept = this.#old.get(key);
    if (kept !== undefined) this.set(key, kept);
    return kept;
  }

  set(key: string, value: V): void {
    const { entries, characters } = this.#most;
    if (this.#young.size >= entries / 2 || this.#characters + key.length > characters / 2) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#characters = 0;
    }
    this.#young.set(key, value);
    this.#characters += key.length;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
