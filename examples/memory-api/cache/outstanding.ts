/** Invalidations on their way to Redis: by name, which one was the last. */
export type Batch = ReadonlyMap<string, number>;

/** Stands for every name there is. */
export const everything = 'everything';

/**
 * The invalidations that Redis has not confirmed. What they name is not to be read from Redis, whatever it says. When
 * there are too many to remember, everything is invalidated instead, which is one name.
 */
export class Outstanding {
  readonly #names = new Map<string, { sequence: number; failed: boolean }>();
  readonly #max: number;
  #sequence = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** @returns what is to be sent to Redis now */
  add(names: readonly string[]): Batch {
    const fitting = this.#fit(names);
    for (const name of fitting) this.#names.set(name, { sequence: ++this.#sequence, failed: false });
    return new Map(fitting.map((name) => [name, this.#names.get(name)!.sequence]));
  }

  holds(names: readonly string[]): boolean {
    return this.#names.size > 0 && [everything, ...names].some((name) => this.#names.has(name));
  }

  get size(): number {
    return this.#names.size;
  }

  /** Those that were sent in vain. */
  failed(): Batch {
    const failed = [...this.#names].filter(([, it]) => it.failed);
    return new Map(failed.map(([name, { sequence }]) => [name, sequence]));
  }

  /** A name that was invalidated again after the batch was sent goes on being outstanding. */
  confirm(batch: Batch): void {
    for (const [name] of this.#of(batch)) this.#names.delete(name);
  }

  fail(batch: Batch): void {
    for (const [, it] of this.#of(batch)) it.failed = true;
  }

  #of(batch: Batch) {
    return [...this.#names].filter(([name, { sequence }]) => batch.get(name) === sequence);
  }

  #fit(names: readonly string[]): readonly string[] {
    const more = names.filter((name) => !this.#names.has(name)).length;
    if (this.#names.size + more <= this.#max) return names;
    this.#names.clear();
    return [everything];
  }
}
