import { setTimeout as sleep } from 'node:timers/promises';
import type { BoundPorts, WaitStrategy } from 'testcontainers';
import type { Published, Server } from './server.ts';

const pollMs = 50;

/** Ready is what answers a real query through its published port. */
export class Answers implements WaitStrategy {
  version = '';
  #published: Published | undefined;
  #timeoutMs = 60_000;
  readonly #server: Server;
  readonly #signal: AbortSignal;
  readonly #remove: () => Promise<void>;

  /** `remove` keeps the log of the container and removes it, before Testcontainers would without its log. */
  constructor(server: Server, remove: () => Promise<void>, signal: AbortSignal) {
    this.#server = server;
    this.#remove = remove;
    this.#signal = signal;
  }

  /** Known once it is ready. */
  get published(): Published {
    return this.#published!;
  }

  async waitUntilReady(_container: unknown, bound: BoundPorts): Promise<void> {
    const further = Object.entries(this.#server.furtherPorts ?? {});
    this.#published = {
      port: bound.getBinding(this.#server.port),
      ports: Object.fromEntries(further.map(([purpose, port]) => [purpose, bound.getBinding(port)])),
    };
    try {
      await this.#poll(this.#published);
    } catch (error) {
      await this.#remove();
      throw error;
    }
  }

  async #poll(published: Published): Promise<void> {
    const inTime = AbortSignal.timeout(this.#timeoutMs);
    let last: unknown;
    while (!inTime.aborted) {
      try {
        this.version = await this.#server.probe(published);
        return;
      } catch (error) {
        last = error;
      }
      await sleep(pollMs, undefined, { signal: this.#signal });
    }
    const because = last instanceof Error ? ` (last attempt: ${last.message})` : '';
    throw new Error(`did not answer within ${this.#timeoutMs} ms${because}`, { cause: last });
  }

  withStartupTimeout(timeoutMs: number): this {
    this.#timeoutMs = timeoutMs;
    return this;
  }

  isStartupTimeoutSet(): boolean {
    return true;
  }

  getStartupTimeout(): number {
    return this.#timeoutMs;
  }
}
