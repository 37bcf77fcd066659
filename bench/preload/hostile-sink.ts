import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Counts } from './decode/counts.ts';
import type { Mode } from './hostile/modes.ts';
import type { Order } from './hostile/sink-process.ts';

export interface Taken {
  readonly taken: Counts;
  /** Came while a mode was on that answers 200 and then misbehaves. */
  readonly doubtful: Counts;
}

/** A receiver of all signals that can be turned hostile, in a process of its own. */
export class HostileSink implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(): Promise<HostileSink> {
    const child = fork(join(import.meta.dirname, 'hostile', 'sink-process.ts'));
    const [{ url }] = await once(child, 'message');
    return new HostileSink(child, url);
  }

  /** From now on it behaves like that, to everything or to Loki's pushes only. */
  async turn(mode: Mode | undefined, path: Order['path'] = '/'): Promise<void> {
    await this.#ask({ mode, path });
  }

  counts(): Promise<Taken> {
    return this.#ask('counts');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }

  async #ask(order: Order | 'counts'): Promise<Taken> {
    const answer = once(this.#child, 'message');
    this.#child.send(order);
    const [taken] = await answer;
    return taken;
  }
}
