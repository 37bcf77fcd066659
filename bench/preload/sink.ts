import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContestantName } from './contestants.ts';
import type { Counts } from './decode/counts.ts';

/** The process that all telemetry goes to. */
export class Sink implements AsyncDisposable {
  /** Where each contestant sends to. */
  readonly urls: Readonly<Record<ContestantName, string>>;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, urls: Record<ContestantName, string>) {
    this.#child = child;
    this.urls = urls;
  }

  static async start(names: readonly ContestantName[]): Promise<Sink> {
    const child = fork(join(import.meta.dirname, 'sink-process.ts'), names);
    const [urls] = await once(child, 'message');
    return new Sink(child, urls);
  }

  /** What arrived so far. */
  async counts(name: ContestantName): Promise<Counts> {
    const answer = once(this.#child, 'message');
    this.#child.send('counts');
    const [all] = await answer;
    return all[name];
  }

  /** What arrived, once nothing came for a moment: the last request may still be read. */
  async settledCounts(name: ContestantName): Promise<Counts> {
    for (let before = await this.counts(name); ; ) {
      await sleep(150);
      const counts = await this.counts(name);
      if (counts.posts === before.posts) return counts;
      before = counts;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}
