import { MetricsOfScope } from './scope.ts';

/** A service that makes a metric for each request would fill its memory. */
const mostMetrics = 1000;
const mostScopes = 100;
/** One that makes up names would fill its log. */
const mostTold = 20;

/** Something that has to happen before metrics are read; a promise when it takes time. */
export type BeforeRead = () => Promise<unknown> | undefined;

/** All metrics of the process, by scope. */
export class Registry {
  readonly #scopes = new Map<string, MetricsOfScope>();
  readonly #beforeRead: BeforeRead[] = [];
  readonly #options: { exemplars: boolean; tell: (text: string) => void; sinceMs: number };
  readonly #told = new Set<string>();
  #metrics = 0;

  /** `sinceMs`: when the process started, in epoch milliseconds. */
  constructor(options: { exemplars: boolean; tell: (text: string) => void; sinceMs?: number }) {
    this.#options = { sinceMs: performance.timeOrigin, ...options };
  }

  scope(name: string, version = ''): MetricsOfScope {
    const key = JSON.stringify([name, version]);
    const known = this.#scopes.get(key);
    if (known !== undefined) return known;
    const full = this.#scopes.size >= mostScopes;
    const mayAdd = () => !full && ++this.#metrics <= mostMetrics;
    const tell = (matter: string, text: string) => this.#tell(`${key} ${matter}`, text);
    const scope = new MetricsOfScope({ ...this.#options, name, version, mayAdd, tell });
    if (!full) this.#scopes.set(key, scope);
    return scope;
  }

  scopes(): Iterable<MetricsOfScope> {
    return this.#scopes.values();
  }

  beforeRead(run: BeforeRead): void {
    this.#beforeRead.push(run);
  }

  /**
   * Call it before reading. What takes time is waited for at most `withinMs`; until it is there, what was known before
   * is read. Undefined when there is nothing to wait for.
   */
  prepare(withinMs: number): Promise<void> | undefined {
    const running = this.#beforeRead.map((run) => run()).filter((promise) => promise !== undefined);
    return running.length === 0 ? undefined : atMost(withinMs, Promise.allSettled(running));
  }

  #tell(matter: string, text: string): void {
    if (this.#told.has(matter) || this.#told.size >= mostTold) return;
    this.#told.add(matter);
    this.#options.tell(text);
  }
}

/** The timer keeps nothing alive. */
function atMost(withinMs: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, withinMs).unref();
    work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
