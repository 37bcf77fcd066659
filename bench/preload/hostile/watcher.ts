import { get } from 'node:http';
import { json } from 'node:stream/consumers';
import { rssMbOf } from '../process-figures.ts';
import type { Service } from '../service.ts';
import { type Sample, slopePerMinute } from './slope.ts';

const rssEveryMs = 250;
const heapEveryMs = 5000;

/** Looks at a service from time to time until it is disposed. */
export class Watcher implements Disposable {
  readonly #service: Service;
  readonly #timers: NodeJS.Timeout[];
  /** Megabytes that are alive after a collection. */
  #heap: Sample[] = [];
  #mostRssMb = 0;

  constructor(service: Service) {
    this.#service = service;
    this.#timers = [
      setInterval(() => this.#lookAtRss(), rssEveryMs),
      setInterval(() => this.#lookAtHeap(), heapEveryMs),
    ];
  }

  /** The most since this was asked last. */
  takeMostRssMb(): number {
    this.#lookAtRss();
    const most = this.#mostRssMb;
    this.#mostRssMb = 0;
    return most;
  }

  forgetHeap(): void {
    this.#heap = [];
  }

  /** Undefined when it was not looked at often enough. */
  get heapMbPerMinute(): number | undefined {
    return this.#heap.length < 3 ? undefined : slopePerMinute(this.#heap);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #lookAtRss(): void {
    this.#mostRssMb = Math.max(this.#mostRssMb, rssMbOf(this.#service.pid).now);
  }

  #lookAtHeap(): void {
    get(`http://127.0.0.1:${this.#service.port}/heap`, { agent: false }, async (response) => {
      const { usedBytes } = (await json(response)) as { usedBytes: number };
      this.#heap.push({ atMs: Date.now(), value: usedBytes / 1024 / 1024 });
    }).on('error', (error) => console.error('the heap could not be read:', error.message));
  }
}
