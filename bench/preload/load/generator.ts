import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { nowMs } from './clock.ts';
import { Connection } from './connection.ts';
import type { Answers, Order } from './order.ts';

const memories = 1000;

/** Carries out one order over connections of its own. */
export async function generate(order: Order): Promise<Answers> {
  const generator = new Generator(order);
  await generator.open();
  const beganMs = nowMs();
  await (order.ratePerSecond === undefined
    ? generator.closedLoop()
    : generator.openLoop(order.ratePerSecond));
  return generator.finish(nowMs() - beganMs);
}

class Generator {
  readonly #order: Order;
  readonly #connections: Connection[];
  readonly #latenciesMs: number[] = [];
  #failed = 0;
  #asked = 0;

  constructor(order: Order) {
    this.#order = order;
    this.#connections = Array.from({ length: order.connections }, () => new Connection(order.port));
  }

  async open(): Promise<void> {
    await Promise.all(this.#connections.map((it) => it.open()));
  }

  async closedLoop(): Promise<void> {
    const untilMs = nowMs() + this.#order.forMs;
    const askOn = async (connection: Connection) => {
      for (let beganMs = nowMs(); beganMs < untilMs; beganMs = nowMs()) await this.#ask(connection, beganMs);
    };
    await Promise.all(this.#connections.map(askOn));
  }

  /** Requests that find no connection free wait in line; their time runs. */
  async openLoop(ratePerSecond: number): Promise<void> {
    const total = Math.round((ratePerSecond * this.#order.forMs) / 1000);
    const gapMs = 1000 / ratePerSecond;
    const beginMs = nowMs() + 50;
    const free = [...this.#connections];
    let due = 0;
    let begun = 0;
    let left = total;
    const finished = Promise.withResolvers<void>();
    const begin = () => {
      while (begun < due && free.length > 0) {
        const connection = free.shift()!;
        this.#ask(connection, beginMs + begun++ * gapMs).then(() => {
          free.push(connection);
          if (--left === 0) finished.resolve();
          else begin();
        });
      }
    };
    const pacer = new Worker(new URL('./pacer.ts', import.meta.url), {
      workerData: { beginMs, gapMs, total },
    });
    pacer.on('message', (count: number) => {
      due = count;
      begin();
    });
    await Promise.all([finished.promise, once(pacer, 'exit')]);
  }

  finish(tookMs: number): Answers {
    for (const connection of this.#connections) connection.close();
    const sorted = Float64Array.from(this.#latenciesMs).sort();
    return {
      good: sorted.length,
      failed: this.#failed,
      goodPerSecond: (sorted.length / tookMs) * 1000,
      p50Ms: quantile(sorted, 0.5),
      p95Ms: quantile(sorted, 0.95),
      p99Ms: quantile(sorted, 0.99),
    };
  }

  #ask(connection: Connection, dueMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const memory = 1 + (this.#asked++ % memories);
    connection.get(`/memories/${memory}`, (status) => {
      if (status === 200) this.#latenciesMs.push(nowMs() - dueMs);
      else this.#failed++;
      resolve();
    });
    return promise;
  }
}

/** The value below which this share of the sorted values lies (nearest rank). */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
