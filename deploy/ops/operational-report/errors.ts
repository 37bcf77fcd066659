import type { LogQueries, Queries } from './queries.ts';
import type { Errors, SlowOperation } from './report.ts';
import type { Sources } from './sources.ts';

/** What went wrong, by Prometheus from outside and by the service's own classes. */
export async function errorsOf(
  sources: Sources,
  { queries, logs }: { queries: Queries; logs: LogQueries },
  atMs: number,
): Promise<Errors> {
  const statuses = queries.requests('http_response_status_code=~"[45].."');
  const failedCalls = queries.of('dependency_calls_total', 'outcome="error"');
  const byStatus = await sources.samples(queries.grown(statuses, 'http_response_status_code'), atMs);
  const byDependency = await sources.samples(queries.grown(failedCalls, 'dependency, error_type'), atMs);
  const byClass = await sources.logSamples(logs.errorsByClass(), atMs);
  return {
    byStatus: counted(byStatus).map(({ labels, count }) => ({
      ...{ status: labels.http_response_status_code ?? '', count },
    })),
    byDependency: counted(byDependency).map(({ labels, count }) => ({
      ...{ dependency: labels.dependency ?? '', errorType: labels.error_type ?? '', count },
    })),
    byClass:
      byClass &&
      counted(byClass).map(({ labels, count }) => ({
        ...{
          category: labels.category ?? '',
          severity: labels.severity ?? '',
          code: labels.error_code ?? '',
          count,
        },
      })),
  };
}

const mostSlow = 15;

/** What took longer than the preload's limits, longest in all first. */
export async function slowOf(
  sources: Sources,
  logs: LogQueries,
  atMs: number,
): Promise<SlowOperation[] | undefined> {
  const counts = await sources.logSamples(logs.slowCounts(), atMs);
  const longest = await sources.logSamples(logs.slowLongest(), atMs);
  if (!counts || !longest) return undefined;
  const key = (labels: Readonly<Record<string, string>>) => `${labels.event} ${labels.operation}`;
  const longestMs = new Map(longest.map(({ labels, value }) => [key(labels), value]));
  return counted(counts)
    .slice(0, mostSlow)
    .map(({ labels, count }) => ({
      operation: labels.operation ?? '',
      kind: (labels.event ?? '').replace('slow_', ''),
      count,
      longestMs: longestMs.get(key(labels)) ?? 0,
    }));
}

interface Counted {
  labels: Readonly<Record<string, string>>;
  count: number;
}

/** Most first. Prometheus counts by a straight line between scrapes, so less than a half is none. */
function counted(samples: readonly { labels: Counted['labels']; value: number }[]): Counted[] {
  return samples
    .map(({ labels, value }) => ({ labels, count: Math.round(value) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}
