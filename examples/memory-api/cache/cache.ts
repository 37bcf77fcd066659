/** What all values of one kind have in common. */
export interface Kind<T> {
  /** What a kept text says, or undefined when it is not of this kind; must not throw. */
  parse(value: unknown): T | undefined;
  /** The names that invalidate it; none: it never changes. A value that has a name of its own uses its key. */
  stamps: readonly string[];
  /** How long it is kept, when not as long as most. */
  ttlS?: number;
}

/** Values by key, kept for a while and perhaps lost at any time. */
export interface Cache {
  /**
   * The value, from a layer that has it, else from `load`, which runs once per key at a time however many ask.
   *
   * @returns undefined when `load` says that there is none, which is kept too, but not as long
   * @throws what `load` throws, or DatabaseError when the time of the request is over
   */
  get<T>(key: string, load: () => Promise<T | undefined>, kind: Kind<T>): Promise<T | undefined>;
  /** What is kept of what never changes; no load of it is known. Does not throw. */
  peek<T>(key: string, parse: Kind<T>['parse']): Promise<T | undefined>;
  /** Keeps what never changes; does not wait and does not throw. */
  put(key: string, value: unknown, ttlS: number): void;
  /** Makes all values stale that depend on one of these names; to be called when the change is in force. Does not throw. */
  invalidate(...names: string[]): Promise<void>;
  /**
   * Makes a change and invalidates, also when the change failed: it may have been made all the same. When the error
   * says that it may still be made, everything is invalidated again once that is over.
   *
   * @throws what `work` throws, and nothing else
   */
  change<T>(names: readonly string[], work: () => Promise<T>): Promise<T>;
  /** Comes before the end of what it keeps things in. */
  close(): Promise<void>;
}
