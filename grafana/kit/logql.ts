import { DataqueryBuilder, LokiQueryDirection } from '@grafana/grafana-foundation-sdk/loki';
import { sources } from './sources.ts';

/** The lines of the service that is chosen; what they hold becomes labels. `filter`: of LogQL, after the parsing. */
export function serviceLines(filter = ''): string {
  return `{service_name="$service"} | json${filter && ` | ${filter}`}`;
}

/** What runs tell of themselves (docs/observability.md). */
export function runLines(filter: string): string {
  return `{service_name="ordeal"} | json | ${filter}`;
}

/** Lines per second, by `by`. */
export function lineRate(lines: string, by: string): string {
  return `sum by (${by}) (rate(${lines} [$__auto]))`;
}

/** Lines in each step of the panel, by `by`; all together without. */
export function lineCount(lines: string, by?: string): string {
  const counted = `count_over_time(${lines} [$__auto])`;
  return by === undefined ? `sum(${counted})` : `sum by (${by}) (${counted})`;
}

/** The largest number that lines have in `field`, in each step of the panel. */
export function largest(lines: string, field: string, by: string): string {
  // Grouped here and not by an aggregation around it: else each line would be a series of its own.
  return `max_over_time(${lines} | unwrap ${field} [$__auto]) by (${by})`;
}

/** Numbers made of lines. */
export function logQuery(expression: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder()
    .datasource(sources.loki)
    .expr(expression)
    .legendFormat(legend)
    .queryType('range');
}

/** The numbers over all of the time that the dashboard shows. */
export function logQueryOnce(expression: string, legend: string): DataqueryBuilder {
  return logQuery(expression, legend).queryType('instant');
}

/** The lines themselves, newest first. */
export function linesQuery(lines: string): DataqueryBuilder {
  return new DataqueryBuilder()
    .datasource(sources.loki)
    .expr(lines)
    .queryType('range')
    .direction(LokiQueryDirection.Backward)
    .maxLines(200);
}
