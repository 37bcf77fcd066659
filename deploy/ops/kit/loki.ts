import { ask } from './http.ts';
import type { Sample } from './prometheus.ts';

export interface Line {
  atMs: number;
  text: string;
}

/** What a Loki knows. https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-within-a-range-of-time */
export class Loki {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** The newest lines, newest first. @throws Error with what Loki says of the query */
  async lines(query: string, range: { startMs: number; endMs: number; limit: number }): Promise<Line[]> {
    const { startMs, endMs, limit } = range;
    const streams = await this.#ask<{ values: [string, string][] }>('query_range', {
      query,
      start: `${Math.floor(startMs)}000000`,
      end: `${Math.ceil(endMs)}000000`,
      limit: String(limit),
      direction: 'backward',
    });
    const lines = streams.flatMap(({ values }) =>
      values.map(([nanoseconds, text]) => ({ atMs: Number(nanoseconds) / 1e6, text })),
    );
    return lines.sort((a, b) => b.atMs - a.atMs).slice(0, limit);
  }

  /** The values of a metric query at a moment. @throws as `lines` */
  async at(query: string, atMs: number): Promise<Sample[]> {
    const result = await this.#ask<{ metric: Record<string, string>; value: [number, string] }>('query', {
      query,
      time: `${Math.floor(atMs)}000000`,
    });
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  async #ask<R>(path: string, parameters: Record<string, string>): Promise<R[]> {
    const url = new URL(`/loki/api/v1/${path}?${new URLSearchParams(parameters)}`, this.#url);
    return (JSON.parse(await ask(url)) as { data: { result: R[] } }).data.result;
  }
}
