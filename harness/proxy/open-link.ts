import type { Socket } from 'node:net';
import { HarnessError } from '../errors.ts';
import type { LinkCounts } from '../journal/entry.ts';
import { seededRandom } from '../random.ts';
import { Connection, resetSocket } from './connection.ts';
import { Counts } from './counts.ts';
import type { Link, LinkSpec } from './link.ts';
import { Listener, linkHost } from './listener.ts';
import { compilePattern } from './pattern.ts';
import { redisCounter, type Witness } from './redis-counter.ts';

/**
 * Opens a link that passes everything. Commands, hits and misses count when they arrive at the link, bytes when
 * they are passed on: what a held link keeps back was sent, but did not get through.
 *
 * @throws HarnessError when there is no free port.
 */
export async function openLink(spec: LinkSpec): Promise<Link> {
  const link = new ProxyLink(spec);
  await link.open();
  return link;
}

type State = 'passing' | 'refused' | 'cut' | 'held' | 'delayed' | 'closed';

class ProxyLink implements Link {
  readonly name: string;
  readonly host = linkHost;
  readonly #spec: LinkSpec;
  readonly #listener: Listener;
  readonly #connections = new Set<Connection>();
  readonly #counts = new Counts();
  readonly #isCacheKey: (key: string) => boolean;
  readonly #random: () => number;
  #state: State = 'passing';
  #delayMs = () => 0;
  /** One change at a time; a later one waits for the earlier. */
  #changing: Promise<unknown> = Promise.resolve();
  #onEmpty: (() => void) | undefined;

  constructor(spec: LinkSpec) {
    this.name = spec.name;
    this.#spec = spec;
    this.#isCacheKey = spec.cacheKeys === undefined ? () => false : compilePattern(spec.cacheKeys);
    this.#random = seededRandom(spec.seed);
    this.#listener = new Listener(spec.name, (socket) => this.#accept(socket));
  }

  get port(): number {
    return this.#listener.port;
  }

  async open(): Promise<void> {
    await this.#listener.openAnywhere();
  }

  refuse(): Promise<void> {
    return this.#change('refused', async () => {
      const closed = this.#listener.close();
      this.#resetAll();
      await closed;
    });
  }

  cut(): Promise<void> {
    return this.#change('cut', async () => {
      this.#resetAll();
      await this.#listener.open();
    });
  }

  hold(): Promise<void> {
    return this.#change('held', () => this.#listener.open());
  }

  delay(latencyMs: number, jitterMs: number): Promise<void> {
    return this.#change('delayed', () => {
      this.#delayMs = () => Math.max(0, latencyMs + jitterMs * (2 * this.#random() - 1));
      return this.#listener.open();
    });
  }

  heal(): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve();
    return this.#change('passing', () => this.#listener.open());
  }

  take(): LinkCounts {
    return this.#counts.take();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inTurn(async () => {
      this.#state = 'closed';
      const closed = this.#listener.close();
      this.#resetAll();
      await closed;
      await this.#empty();
    });
  }

  /** The state counts for connections from now on, before anything is waited for. */
  #change(state: State, arrange: () => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state === 'closed') throw this.#closed(state);
      this.#state = state;
      const arranged = arrange();
      for (const connection of this.#connections) this.#treat(connection);
      await arranged;
    });
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    const done = this.#changing.then(step);
    this.#changing = done.catch(() => {});
    return done;
  }

  #accept(socket: Socket): void {
    this.#counts.since.connections++;
    if (this.#state === 'refused' || this.#state === 'cut' || this.#state === 'closed') {
      socket.on('error', () => {});
      resetSocket(socket);
      return;
    }
    const connection = new Connection(socket, {
      upstream: this.#spec.upstream,
      counts: this.#counts,
      witness: this.#witness(),
      onClosed: (it) => this.#forget(it),
    });
    this.#connections.add(connection);
    this.#treat(connection);
  }

  #witness(): Witness | undefined {
    return this.#spec.protocol === 'redis' ? redisCounter(this.#counts, this.#isCacheKey) : undefined;
  }

  #treat(connection: Connection): void {
    if (this.#state === 'held') connection.hold();
    else if (this.#state === 'delayed') connection.delay(this.#delayMs);
    else if (this.#state === 'passing') connection.pass();
  }

  #resetAll(): void {
    for (const connection of this.#connections) connection.reset();
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  /** The sides of the dependency are none of the listener's, so they are waited for here. */
  async #empty(): Promise<void> {
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  #closed(state: State): HarnessError {
    return new HarnessError(
      `link ${this.name}: expected an open link to make it ${state}, got one that was disposed of; heal faults before`,
    );
  }
}
