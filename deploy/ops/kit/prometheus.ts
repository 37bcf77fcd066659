import { ask } from './http.ts';

export interface Sample {
  labels: Readonly<Record<string, string>>;
  /** NaN where Prometheus says so: nothing was divided by nothing. */
  value: number;
}

export interface Series {
  labels: Readonly<Record<string, string>>;
  /** Unix time in milliseconds, and the value then. */
  points: readonly (readonly [number, number])[];
}

export interface ActiveAlert {
  name: string;
  severity: string;
  state: 'pending' | 'firing';
  sinceMs: number;
  summary: string;
}

type Labels = Record<string, string>;

/** What a Prometheus knows. https://prometheus.io/docs/prometheus/latest/querying/api/ */
export class Prometheus {
  readonly #url: string;

  /** `prefix`: where its API begins; Loki has one for its alerts below `/prometheus`. */
  constructor(url: string, prefix = '') {
    this.#url = new URL(prefix, url).href.replace(/\/$/, '');
  }

  /** The values at a moment. @throws Error with what Prometheus says of the query */
  async at(query: string, atMs: number): Promise<Sample[]> {
    const data = await this.#ask('query', { query, time: String(atMs / 1000) });
    if (data.resultType === 'scalar') return [{ labels: {}, value: Number(data.result[1]) }];
    const result = data.result as unknown as { metric: Labels; value: [number, string] }[];
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** The values over time. @throws as `at` */
  async over(query: string, range: { startMs: number; endMs: number; stepMs: number }): Promise<Series[]> {
    const { startMs, endMs, stepMs } = range;
    const data = await this.#ask('query_range', {
      query,
      start: String(startMs / 1000),
      end: String(endMs / 1000),
      step: String(stepMs / 1000),
    });
    const result = data.result as unknown as { metric: Labels; values: [number, string][] }[];
    return result.map(({ metric, values }) => ({
      labels: metric,
      points: values.map(([seconds, value]) => [seconds * 1000, Number(value)] as const),
    }));
  }

  /** Alerts that are firing or about to. */
  async alerts(): Promise<ActiveAlert[]> {
    const { alerts } = (await this.#ask('alerts', {})) as unknown as {
      alerts: { labels: Labels; annotations: Labels; state: ActiveAlert['state']; activeAt: string }[];
    };
    return alerts.map(({ labels, annotations, state, activeAt }) => ({
      name: labels.alertname ?? '',
      severity: labels.severity ?? '',
      state,
      sinceMs: Date.parse(activeAt),
      summary: annotations.summary ?? '',
    }));
  }

  async #ask(path: string, parameters: Record<string, string>) {
    const url = `${this.#url}/api/v1/${path}?${new URLSearchParams(parameters)}`;
    const { data } = JSON.parse(await ask(url)) as { data: { resultType?: string; result: unknown[] } };
    return data;
  }
}
