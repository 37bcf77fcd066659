import { freePort } from '../../../harness/stack/free-port.ts';
import { readAccounts } from '../../../instrumentation/testing/account.ts';
import { ordeal } from '../contestants.ts';
import type { Cores } from '../cores.ts';
import type { Load } from '../load/load.ts';
import { Service } from '../service.ts';
import type { Row } from './table.ts';
import { Watcher } from './watcher.ts';

export interface TargetSpec {
  readonly preloadFile: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly cores: Cores | undefined;
  readonly load: Load;
  /** Where it sends. */
  readonly url: string;
}

/** 300 requests/s make 900 spans/s and 1,000 lines/s (services/chatty.cjs). */
const ratePerSecond = 300;
const connections = 32;
const metricIntervalMs = 2000;

/** The service with the preload, under constant load. */
export class Target implements AsyncDisposable {
  readonly #service: Service;
  readonly watcher: Watcher;
  readonly pagePort: number;
  readonly #load: Load;

  private constructor(service: Service, pagePort: number, load: Load) {
    this.#service = service;
    this.watcher = new Watcher(service);
    this.pagePort = pagePort;
    this.#load = load;
  }

  static async start({ preloadFile, dependencies, cores, load, url }: TargetSpec): Promise<Target> {
    const pagePort = await freePort();
    const plain = ordeal(preloadFile);
    const contestant = {
      ...plain,
      nodeArguments: ['--expose-gc', ...plain.nodeArguments],
      environment: (sinkUrl: string) => ({
        ...plain.environment(sinkUrl),
        OTEL_METRIC_EXPORT_INTERVAL: `${metricIntervalMs}`,
        OTEL_METRICS_EXPORTER: 'otlp,prometheus',
        OTEL_EXPORTER_PROMETHEUS_PORT: `${pagePort}`,
      }),
    };
    const service = await Service.start({
      service: 'chatty',
      contestant,
      sinkUrl: url,
      dependencies,
      cores,
      flags: [],
    });
    return new Target(service, pagePort, load);
  }

  /** Loads it while `change` happens, once at the beginning and once after `onMs`. */
  async endure(
    name: string,
    onMs: number,
    offMs: number,
    change: (on: boolean) => Promise<void>,
  ): Promise<Row> {
    const before = await readAccounts(this.pagePort);
    this.watcher.takeMostRssMb();
    await change(true);
    const on = await this.#ask(onMs);
    await change(false);
    const off = offMs > 0 ? await this.#ask(offMs) : undefined;
    return {
      name,
      requests: on.good + (off?.good ?? 0),
      failed: on.failed + (off?.failed ?? 0),
      p95Ms: on.p95Ms,
      mostRssMb: this.watcher.takeMostRssMb(),
      before,
      after: await readAccounts(this.pagePort),
    };
  }

  /** Whether it ended by itself. */
  end(): Promise<boolean> {
    this.watcher[Symbol.dispose]();
    return this.#service.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  #ask(forMs: number) {
    return this.#load.run({ port: this.#service.port, connections, ratePerSecond, forMs });
  }
}
