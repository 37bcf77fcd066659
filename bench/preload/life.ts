import type { Bench } from './bench.ts';
import type { Contestant } from './contestants.ts';
import type { Counts } from './decode/counts.ts';
import { type Delivered, type Recorded, shareOf } from './figures.ts';
import type { Answers, Order } from './load/order.ts';
import { Service, type ServiceName } from './service.ts';

/** One process of a service from its start to its end: what it was asked, and what arrived of it. */
export class Life implements AsyncDisposable {
  readonly #bench: Bench;
  /** What it is, in words. */
  readonly title: string;
  readonly #contestant: Contestant;
  readonly #before: Counts;
  readonly service: Service;
  /** That were answered; starting it took one. */
  requests = 1;

  private constructor(bench: Bench, title: string, contestant: Contestant, before: Counts, service: Service) {
    this.#bench = bench;
    this.title = title;
    this.#contestant = contestant;
    this.#before = before;
    this.service = service;
  }

  /** `flags`: of node, the same for every contestant. */
  static async begin(
    bench: Bench,
    service: ServiceName,
    contestant: Contestant,
    flags: readonly string[] = [],
  ): Promise<Life> {
    const { sink, dependencies, cores } = bench;
    const before = { ...(await sink.counts(contestant.name)) };
    const sinkUrl = sink.urls[contestant.name];
    const started = await Service.start({ service, contestant, sinkUrl, dependencies, cores, flags });
    return new Life(bench, `${service} with ${contestant.name}`, contestant, before, started);
  }

  async ask(order: Omit<Order, 'port'>): Promise<Answers> {
    const answers = await this.#bench.load.run({ ...order, port: this.service.port });
    this.requests += answers.good;
    if (answers.failed > 0) this.#bench.troubles.push(`${this.title}: ${answers.failed} requests failed`);
    return answers;
  }

  /** Ends the process. Returns what arrived since its start. */
  async end(): Promise<Omit<Delivered, 'share'>> {
    if (!(await this.service.end())) this.#bench.troubles.push(`${this.title} was killed: it did not end`);
    const after = await this.#bench.sink.settledCounts(this.#contestant.name);
    return {
      spans: after.spans - this.#before.spans,
      lines: after.lines - this.#before.lines,
      points: after.points - this.#before.points,
    };
  }

  /** The same, held against what its requests and its start had to make. */
  async deliver(recorded: Recorded): Promise<Delivered> {
    const arrived = await this.end();
    return { share: shareOf(recorded, this.requests, arrived), ...arrived };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]();
  }
}
