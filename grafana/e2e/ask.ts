import { sources } from '../kit/sources.ts';
import type { TargetJson } from '../testing/read-dashboards.ts';
import { fillIn, type View } from './fill-in.ts';
import type { Stack } from './stack.ts';

/** What came for a query. */
export interface Answered {
  readonly query: string;
  /** So many numbers that can be drawn, or lines. */
  readonly points: number;
  /** Labels that series have, or lines. */
  readonly labels: ReadonlySet<string>;
}

interface Answer {
  data?: { resultType: string; result: Series[] };
}

interface Series {
  metric?: Record<string, string>;
  /** Of lines. */
  stream?: Record<string, string>;
  values?: [number | string, string][];
  /** Of what is asked once. */
  value?: [number, string];
}

/** Asks as Grafana would for the panel. @throws Error with the query and what was said, when it is refused */
export async function ask(target: TargetJson, stack: Stack, view: View): Promise<Answered> {
  const query = fillIn(target.expr, view);
  const { resultType, result } = await answerTo(addressOf(target, query, stack, view), query);
  const all = result.flatMap(({ values, value }) => values ?? (value ? [value] : []));
  const drawn = resultType === 'streams' ? all : all.filter(([, text]) => Number.isFinite(Number(text)));
  const labels = new Set(result.flatMap(({ metric, stream }) => Object.keys(metric ?? stream ?? {})));
  return { query, points: drawn.length, labels };
}

/** The lines that Loki has for a query; at most 200. @throws Error as `ask` does */
export async function askLines(query: string, stack: Stack, view: View): Promise<string[]> {
  const target: TargetJson = { refId: 'A', datasource: sources.loki, expr: query };
  const { result } = await answerTo(addressOf(target, query, stack, view), query);
  return result.flatMap(({ values = [] }) => values.map(([, line]) => line));
}

function addressOf({ datasource, queryType }: TargetJson, query: string, stack: Stack, view: View): string {
  const seconds = { start: view.fromMs / 1000, end: view.toMs / 1000, step: view.stepS };
  if (datasource.uid === sources.prometheus.uid)
    return `${stack.prometheusUrl}/api/v1/query_range?${parameters({ query, ...seconds })}`;
  const end = `${view.toMs}000000`;
  if (queryType === 'instant')
    return `${stack.lokiUrl}/loki/api/v1/query?${parameters({ query, time: end })}`;
  const range = { start: `${view.fromMs}000000`, end, step: `${view.stepS}s`, limit: 200 };
  return `${stack.lokiUrl}/loki/api/v1/query_range?${parameters({ query, ...range })}`;
}

function parameters(given: Record<string, string | number>): URLSearchParams {
  return new URLSearchParams(
    Object.entries(given).map(([name, value]): [string, string] => [name, `${value}`]),
  );
}

async function answerTo(url: string, query: string): Promise<NonNullable<Answer['data']>> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} for ${query}: ${text}`);
  const { data } = JSON.parse(text) as Answer;
  if (!data) throw new Error(`no data in the answer to ${query}: ${text}`);
  return data;
}
