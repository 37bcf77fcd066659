import { NetworkError } from '../errors.ts';

const deadlineCode = 'DEADLINE_EXCEEDED';

/** The reason of a signal that was aborted because its time was up. */
class DeadlineReached extends Error {
  override name = 'DeadlineReached';
  readonly code = deadlineCode;
}

/** How long somebody is willing to wait: when time is up, or when whoever asked goes away, `signal` is aborted. */
export class Deadline implements Disposable {
  readonly #atMs: number;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #outer: AbortSignal | undefined;

  /**
   * `outer`: ends the wait before its time, with its own reason. `reason`: that of `signal` when time is up, an error
   * with the code DEADLINE_EXCEEDED.
   */
  constructor(inMs: number, outer?: AbortSignal, reason?: () => Error) {
    this.#atMs = performance.now() + inMs;
    this.#outer = outer;
    this.#timer = setTimeout(() => {
      this.#controller.abort(reason?.() ?? new DeadlineReached(`${Math.round(inMs)} ms are over`));
    }, inMs);
    if (outer?.aborted) this.#follow();
    else outer?.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Never below 0. */
  remainingMs(): number {
    return this.signal.aborted ? 0 : Math.max(0, this.#atMs - performance.now());
  }

  /**
   * What `work` gives, but not a moment after `signal`: not all work listens to it.
   *
   * @throws NetworkError with the code DEADLINE_EXCEEDED when time is up, the reason of whoever went away, or what
   *   `work` throws
   */
  async race<T>(dependency: string, work: () => Promise<T>): Promise<T> {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => reject(this.signal.reason);
    this.throwIfOver(dependency);
    this.signal.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([work(), aborted]);
    } catch (error) {
      throw this.signal.aborted ? this.#ended(dependency, error) : error;
    } finally {
      this.signal.removeEventListener('abort', abort);
    }
  }

  /** @throws as `race` */
  throwIfOver(dependency: string): void {
    if (this.signal.aborted) throw this.#ended(dependency, this.signal.reason);
    // Of one that was disposed of the signal is silent.
    if (this.remainingMs() === 0) throw new NetworkError(dependency, { code: deadlineCode });
  }

  #ended(dependency: string, cause: unknown): unknown {
    const { reason } = this.signal;
    if (Object(reason).code !== deadlineCode) return reason;
    return new NetworkError(dependency, { code: deadlineCode, cause });
  }

  /** Nothing is aborted any more; a timer or a listener that stayed would pile up with every request. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#follow);
  }

  readonly #follow = (): void => this.#controller.abort(this.#outer?.reason);
}
