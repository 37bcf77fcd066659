import type { HealthCheck } from './health.ts';

/** No answer within the time that the check allows. */
export class HealthTimeoutError extends Error {
  override name = 'HealthTimeoutError';
}

export interface Answer {
  latencyMs: number;
  /** Undefined when it works. */
  error?: unknown;
}

/** Asks one check, and never a second time while it still hangs in the first: then the first is waited for again. */
export class Probe {
  readonly name: string;
  readonly required: boolean;
  readonly #check: HealthCheck;
  #running: { startedAtMs: number; done: Promise<unknown> } | undefined;

  constructor(check: HealthCheck) {
    this.name = check.name;
    this.required = check.required;
    this.#check = check;
  }

  /** Never fails, and takes no longer than the timeout of the check. */
  async ask(): Promise<Answer> {
    const { timeoutMs } = this.#check;
    const late = new AbortController();
    this.#running ??= this.#start(late.signal);
    const running = this.#running;
    const latencyMs = () => performance.now() - running.startedAtMs;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new HealthTimeoutError(
          `${this.name}: expected an answer within ${timeoutMs} ms, none came`,
        );
        reject(error);
        late.abort(error);
      }, timeoutMs).unref();
    });
    try {
      await Promise.race([running.done, timeout]);
      return { latencyMs: latencyMs() };
    } catch (error) {
      return { latencyMs: latencyMs(), error: error ?? new Error(`${this.name} failed and did not say why`) };
    } finally {
      clearTimeout(timer);
    }
  }

  #start(signal: AbortSignal): { startedAtMs: number; done: Promise<unknown> } {
    const done = this.#run(signal).finally(() => {
      this.#running = undefined;
    });
    // Whoever waits may be gone when it fails at last.
    done.catch(() => {});
    return { startedAtMs: performance.now(), done };
  }

  /** What is thrown at once is a failure like any other. */
  async #run(signal: AbortSignal): Promise<unknown> {
    return this.#check.check(signal);
  }
}
