import type { Logger } from 'pino';
import type { HealthChecked } from '../events.ts';
import { errorTypeOf } from '../events.ts';
import type { DependencyHealth, Health, HealthCheck } from './health.ts';
import { Probe } from './probe.ts';

export interface HealthMonitorOptions {
  checks: readonly HealthCheck[];
  everyMs: number;
  log: Pick<Logger, 'info' | 'error'>;
  /** Told of every check that is done. */
  publish: (message: HealthChecked) => void;
  /** Milliseconds since 1970. */
  now: () => number;
}

/**
 * Looks at everything the service depends on, at the start and then regularly. Being well
 * is logged when it is new, being unwell every time.
 */
export class HealthMonitor {
  readonly #options: HealthMonitorOptions;
  readonly #probes: readonly Probe[];
  /** When it was told last; undefined before. */
  #wasOk: boolean | undefined;
  #round: Promise<Sight> | undefined;
  #stopped = false;

  constructor(options: HealthMonitorOptions) {
    this.#options = options;
    this.#probes = options.checks.map((check) => new Probe(check));
  }

  /** Checks at once, then every `everyMs` until the signal; does not keep the process alive. */
  start(signal: AbortSignal): void {
    if (signal.aborted) return;
    const timer = setInterval(() => void this.check(), this.#options.everyMs).unref();
    const stop = () => {
      clearInterval(timer);
      this.#stopped = true;
    };
    signal.addEventListener('abort', stop, { once: true });
    void this.check();
  }

  /** Looks now, or joins whoever is looking already. Never fails; takes as long as the longest timeout. */
  async look(): Promise<Health> {
    return (await this.#see()).health;
  }

  /** Looks, and tells what there is to be seen: in the log, and to `publish`. */
  async check(): Promise<Health> {
    const { health, seen } = await this.#see();
    // What fails while the service stops was closed by it.
    if (this.#stopped) return health;
    for (const one of seen) this.#options.publish(toMessage(one.probe.name, one));
    this.#tell(health, seen);
    this.#wasOk = health.status === 'ok';
    return health;
  }

  #see(): Promise<Sight> {
    this.#round ??= this.#ask().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  async #ask(): Promise<Sight> {
    const seen = await Promise.all(this.#probes.map(async (probe) => ({ probe, ...(await probe.ask()) })));
    const ready = seen.every(({ probe, error }) => error === undefined || !probe.required);
    const allOk = seen.every(({ error }) => error === undefined);
    const health: Health = {
      status: allOk ? 'ok' : ready ? 'degraded' : 'unavailable',
      ready,
      checked_at: new Date(this.#options.now()).toISOString(),
      dependencies: Object.fromEntries(seen.map((one) => [one.probe.name, describe(one)])),
    };
    return { health, seen };
  }

  #tell({ status, ready, dependencies }: Health, seen: Sight['seen']): void {
    if (status !== 'ok') {
      const failed = seen.filter(({ error }) => error !== undefined);
      const names = failed.map(({ probe }) => probe.name).join(', ');
      const err = failed[0]?.error;
      this.#options.log.error(
        { status, ready, dependencies, err },
        `unhealthy: no answer or a wrong one from ${names}`,
      );
    } else if (!this.#wasOk) {
      const message = this.#wasOk === undefined ? 'healthy' : 'healthy again';
      this.#options.log.info({ status, ready, dependencies }, message);
    }
  }
}

/** One look at everything. */
interface Sight {
  health: Health;
  seen: readonly ({ probe: Probe } & Seen)[];
}

interface Seen {
  latencyMs: number;
  error?: unknown;
}

function describe({ latencyMs, error }: Seen): DependencyHealth {
  return error === undefined
    ? { status: 'ok', latency_ms: latencyMs }
    : { status: 'unavailable', latency_ms: latencyMs, error: errorTypeOf(error) };
}

function toMessage(dependency: string, { latencyMs, error }: Seen): HealthChecked {
  return error === undefined
    ? { dependency, outcome: 'ok', up: 1, durationMs: latencyMs }
    : { dependency, outcome: 'error', up: 0, durationMs: latencyMs, errorType: errorTypeOf(error) };
}
