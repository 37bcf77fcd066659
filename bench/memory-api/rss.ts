import { setTimeout as wait } from 'node:timers/promises';
import { type Sample, slopePerMinute } from '../preload/hostile/slope.ts';
import { rssMbOf } from '../preload/process-figures.ts';

const sampleEveryMs = 1000;

/** RSS of a process, each second while it is watched. */
export class WatchedRss implements AsyncDisposable {
  /** Aborted when the process is gone: what is measured on it is worth nothing then. */
  readonly gone: AbortSignal;
  readonly #samples: Sample[] = [];
  readonly #over = new AbortController();
  readonly #sampling: Promise<void>;

  constructor(pid: number) {
    const gone = new AbortController();
    this.gone = gone.signal;
    this.#sampling = this.#sample(pid).catch((cause) => {
      gone.abort(new Error(`process ${pid} ended while its memory was watched`, { cause }));
    });
  }

  /** From `warmupMs` after the first sample on. @throws Error that says so when nothing was seen there */
  since(warmupMs: number): { rssMbPerMinute: number; rssMb: [first: number, last: number] } {
    const measured = this.#samples.filter(({ atMs }) => atMs >= this.#samples[0]!.atMs + warmupMs);
    const [first, last] = [measured[0], measured.at(-1)];
    if (!first || !last) throw new Error(`no memory was seen later than ${warmupMs} ms after the start`);
    return { rssMbPerMinute: slopePerMinute(measured), rssMb: [first.value, last.value] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#sampling;
  }

  async #sample(pid: number): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      this.#samples.push({ atMs: performance.now(), value: rssMbOf(pid).now });
      await wait(sampleEveryMs, undefined, { signal }).catch(() => {});
    }
  }
}
