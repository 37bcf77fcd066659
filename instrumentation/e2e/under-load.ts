import { expect } from 'vitest';
import { get, send } from '../testing/load.ts';
import { residentMb } from '../testing/memory.ts';
import type { FixtureService } from '../testing/service.ts';
import { until } from '../testing/until.ts';

const roundMs = 1000;
/**
 * V8 lets the young generation grow in steps, by some 50 MB in all, at a time nobody can tell: with this factor the first
 * step is the last, and the warm-up lasts until it was taken.
 */
export const grownUp = ['--semi-space-growth-factor=32'];
/** Before the step it is at most 50 MB, after it about 100. */
const grownUpMb = 90;
/** More of it survives when many are under way at once. */
const crowd = { connections: 100 };

/** The fixture `small.cjs`, asked for lines; no request may fail. */
export class UnderLoad {
  readonly #service: FixtureService;
  #healthyMb = Number.NaN;
  /** Requests so far, each with a span and a line, which has its number. */
  sent = 0;

  /** `service`: started with the flags `grownUp`. */
  constructor(service: FixtureService) {
    this.#service = service;
  }

  /** About 1,000 requests a second, for a second. Gives the most resident memory meanwhile, in MB of 2^20 bytes. */
  async round(): Promise<number> {
    const untilMs = Date.now() + roundMs;
    let mostMb = 0;
    while (Date.now() < untilMs) {
      await this.#ask(20, { connections: 2 });
      mostMb = Math.max(mostMb, this.#residentMb);
      await new Promise((go) => setTimeout(go, 10));
    }
    return mostMb;
  }

  /**
   * Until its memory is what it stays; what is added later counts from the most that it has in a round in which nothing
   * is wrong. Just after the warm-up it may have been collected, which made 5 to 27 MB of difference.
   */
  async warmUp(): Promise<void> {
    await this.round();
    await until(
      'the young generation to have grown',
      async () => {
        await this.#ask(2000, crowd);
        return (await this.#service.youngMb()) >= grownUpMb;
      },
      40_000,
    );
    this.#healthyMb = Math.max(this.#residentMb, await this.round());
  }

  /** Resident memory above that of the warm-up, in MB of 2^20 bytes. */
  get addedMb(): number {
    return this.#residentMb - this.#healthyMb;
  }

  get #residentMb(): number {
    return residentMb(this.#service.child.pid);
  }

  async #ask(count: number, how: { connections: number }): Promise<void> {
    const requests = Array.from({ length: count }, (_, at) => get(`/line/${this.sent + at}`));
    this.sent += count;
    expect((await send(this.#service.url, requests, how)).failed).toBe(0);
  }
}
