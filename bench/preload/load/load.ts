import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Answers, Order } from './order.ts';

/** The load generator, for one order at a time. */
export class Load implements AsyncDisposable {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'load-process.ts'));

  async run(order: Order): Promise<Answers> {
    const stop = new AbortController();
    const ended = once(this.#child, 'exit', { signal: stop.signal });
    const answer = once(this.#child, 'message', { signal: stop.signal });
    this.#child.send(order);
    const [answers] = await Promise.race([answer, ended.catch(() => [undefined])]);
    stop.abort();
    answer.catch(() => {});
    if (typeof answers === 'object' && answers !== null) return answers;
    throw new Error(`expected the load generator to answer, but it ended with ${answers}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}
