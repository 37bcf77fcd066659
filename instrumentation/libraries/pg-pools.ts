import { catalogue } from '../metrics/catalogue.ts';
import type { HistogramSeries } from '../metrics/metric.ts';
import { passedOn } from './passed-on.ts';
import type { Tools } from './watcher.ts';

/** What is used of pg-pool's Pool. */
interface Pool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options: {
    max?: number;
    host?: string;
    port?: number;
    database?: string;
    connectionString?: string;
  };
  readonly ended?: boolean;
  connect(callback?: (...results: unknown[]) => void): unknown;
}

/** A service that makes a pool for each request would fill the memory; later ones are not watched. */
const mostPools = 100;

/** Every pool of the service: how many connections it has, has idle, and is asked for; how long one is waited for. */
export class PgPools {
  readonly #tools: Tools;
  readonly #pools = new Map<string, WeakRef<Pool>>();
  readonly #known = new WeakMap<Pool, HistogramSeries>();

  constructor(tools: Tools) {
    this.#tools = tools;
    const { metrics } = tools;
    metrics.observe(catalogue.poolConnections, (tell) =>
      this.#each((pool, name) => {
        tell(pool.idleCount, { ...name, 'db.client.connection.state': 'idle' });
        tell(pool.totalCount - pool.idleCount, { ...name, 'db.client.connection.state': 'used' });
      }),
    );
    metrics.observe(catalogue.poolMax, (tell) =>
      this.#each((pool, name) => tell(pool.options.max ?? 10, name)),
    );
    metrics.observe(catalogue.poolPending, (tell) =>
      this.#each((pool, name) => tell(pool.waitingCount, name)),
    );
    metrics.observe(catalogue.connectionsActive, (tell) => {
      let used = 0;
      this.#each((pool) => {
        used += pool.totalCount - pool.idleCount;
      });
      tell(used);
    });
  }

  patch({ prototype }: { prototype: Pool }): void {
    const { connect } = prototype;
    const pools = this;
    const { recorder } = this.#tools;
    prototype.connect = function (this: Pool, callback) {
      const wait = pools.#waitOf(this);
      const startMs = performance.now();
      const waited = () => wait?.record((performance.now() - startMs) / 1000);
      if (typeof callback === 'function') {
        // Called by whoever gives a connection back: goes on where the caller was.
        const context = recorder.active();
        return connect.call(this, function (this: unknown, ...results) {
          waited();
          recorder.with(context, () => callback.apply(this, results));
        });
      }
      return passedOn(connect.call(this, callback), waited);
    };
  }

  #waitOf(pool: Pool): HistogramSeries | undefined {
    const known = this.#known.get(pool);
    if (known || this.#pools.size >= mostPools) return known;
    const name = this.#nameOf(pool);
    const series = this.#tools.metrics.histogram(catalogue.poolWait).series(attributesOf(name));
    this.#pools.set(name, new WeakRef(pool));
    this.#known.set(pool, series);
    return series;
  }

  /** A second pool for the same database gets a number. */
  #nameOf({ options }: Pool): string {
    const base = poolName(placeOf(options));
    let name = base;
    for (let count = 2; this.#pools.has(name); count++) name = `${base}#${count}`;
    return name;
  }

  #each(tell: (pool: Pool, attributes: { 'db.client.connection.pool.name': string }) => void): void {
    for (const [name, reference] of this.#pools) {
      const pool = reference.deref();
      if (!pool || pool.ended) this.#pools.delete(name);
      else tell(pool, attributesOf(name));
    }
  }
}

function attributesOf(name: string): { 'db.client.connection.pool.name': string } {
  return { 'db.client.connection.pool.name': name };
}

interface Place {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly database?: string | undefined;
}

/** Host, port and database, as OpenTelemetry names a pool that has no name. */
export function poolName({ host, port, database }: Place): string {
  return `${host ?? 'localhost'}:${port ?? 5432}/${database ?? ''}`;
}

/** Of the connection string only this: it has the password too. */
function placeOf({ host, port, database, connectionString = '' }: Pool['options']): Place {
  if (!URL.canParse(connectionString)) return { host, port, database };
  const url = new URL(connectionString);
  return { host: url.hostname, port: Number(url.port) || undefined, database: url.pathname.slice(1) };
}
