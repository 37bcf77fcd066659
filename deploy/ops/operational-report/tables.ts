import { count } from '../../../reports/numbers.ts';
import { amount, boundOf, figure, growth, longTime, seconds } from './figures.ts';
import { judge } from './objectives.ts';
import type { Opened, OperationalReport } from './report.ts';

/** One table of the report, for a page and for Markdown alike. */
export interface Table {
  id: string;
  title: string;
  /** A sentence below the title. */
  lead?: string;
  /** Those whose name begins with `#` are of numbers. */
  columns: readonly string[];
  rows: readonly Row[];
  /** Whether it needs the width of the page. */
  wide?: boolean;
  /** What stands there instead when there are no rows. */
  empty: string;
}

export interface Row {
  cells: readonly string[];
  /** How it is to be seen: as good, as bad, as not known. */
  tone?: 'met' | 'violated' | 'inconclusive';
}

/** All of the report but its charts, in the order of reading. */
export function tablesOf(report: OperationalReport): Table[] {
  return [
    promises(report),
    alerts(report),
    routes(report),
    errorClasses(report),
    statuses(report),
    failedCalls(report),
    slow(report),
    caches(report),
    breakers(report),
    capacity(report),
  ];
}

const unknown = 'Not known: see what did not answer.';

function promises({ headline, before }: OperationalReport): Table {
  const tones = { met: 'met', violated: 'violated', 'no data': 'inconclusive' } as const;
  return {
    ...{
      id: 'promises',
      wide: true,
      title: 'Promises',
      columns: ['', 'What', '#Was', '#Promised', '#Before'],
    },
    rows: judge(headline, before).map((it) => ({
      tone: tones[it.outcome],
      cells: [
        ...[it.outcome, it.name, figure(it.observed, it.unit, [it.limit]), boundOf(it)],
        figure(it.before, it.unit, [it.limit]),
      ],
    })),
    empty: unknown,
  };
}

function alerts({ alerts: seen, window }: OperationalReport): Table {
  return {
    ...{
      id: 'alerts',
      wide: true,
      title: 'Alerts that fired',
      columns: ['Alert', 'Severity', '#Times', '#For about', 'First (UTC)'],
    },
    lead: `In slices of ${longTime(window.stepMs)}, by the rules of Prometheus; of those on the log no record is kept.`,
    rows: seen.map((it) => ({
      tone: it.severity === 'critical' ? 'violated' : 'inconclusive',
      cells: [it.name, it.severity, ...times(it, window.stepMs)],
    })),
    empty: 'None fired.',
  };
}

/** How often, how long in all, when first. */
function times({ sliceStartsMs }: Opened, stepMs: number): string[] {
  const began = sliceStartsMs.filter((atMs, at) => at === 0 || atMs - sliceStartsMs[at - 1]! > 1.5 * stepMs);
  const first = new Date(sliceStartsMs[0]!).toISOString().slice(0, 16).replace('T', ' ');
  return [count(began.length), longTime(sliceStartsMs.length * stepMs), first];
}

function routes({ routes: all }: OperationalReport): Table {
  return {
    ...{
      id: 'routes',
      wide: true,
      title: 'Traffic by route',
      columns: ['Route', '#Requests', '#Failed', '#P50', '#P95'],
    },
    rows: all.map(({ route, requests, failedShare, p50S, p95S }) => ({
      cells: [route, figure(requests, 'count'), figure(failedShare, 'ratio'), seconds(p50S), seconds(p95S)],
    })),
    empty: 'No requests.',
  };
}

function errorClasses({ errors }: OperationalReport): Table {
  return {
    ...{
      id: 'error-classes',
      wide: true,
      title: 'Errors by class',
      columns: ['Class', 'Code', 'Severity', '#Times'],
    },
    lead: 'As the service tells them in its log.',
    rows: (errors.byClass ?? []).map(({ category, code, severity, count: times }) => ({
      cells: [category, code, severity, count(times)],
    })),
    empty: errors.byClass ? 'No errors.' : unknown,
  };
}

function statuses({ errors }: OperationalReport): Table {
  return {
    ...{ id: 'statuses', title: 'Answers that were errors', columns: ['Status', '#Times'] },
    rows: errors.byStatus.map(({ status, count: times }) => ({ cells: [status, count(times)] })),
    empty: 'None.',
  };
}

function failedCalls({ errors }: OperationalReport): Table {
  return {
    ...{
      id: 'failed-calls',
      title: 'Calls to dependencies that failed',
      columns: ['Dependency', 'Error', '#Times'],
    },
    lead: 'After all their tries; a breaker that is open refuses a call before its first.',
    rows: errors.byDependency.map(({ dependency, errorType, count: times }) => ({
      cells: [dependency, errorType, count(times)],
    })),
    empty: 'None.',
  };
}

function slow({ slow: all }: OperationalReport): Table {
  return {
    ...{
      id: 'slow',
      wide: true,
      title: 'Slow operations',
      columns: ['Operation', 'Kind', '#Times', '#Longest'],
    },
    rows: (all ?? []).map(({ operation, kind, count: times, longestMs }) => ({
      cells: [operation, kind, count(times), figure(longestMs, 'ms')],
    })),
    empty: all ? 'Nothing was slow.' : unknown,
  };
}

function caches({ caches: layers }: OperationalReport): Table {
  return {
    ...{ id: 'cache', title: 'Cache', columns: ['Layer', '#Hits', '#Misses', '#Share of hits'] },
    rows: layers.map(({ layer, hits, misses }) => ({
      cells: [
        layer,
        figure(hits, 'count'),
        figure(misses, 'count'),
        figure(hits / (hits + misses || 1), 'ratio'),
      ],
    })),
    empty: 'Nothing was looked up.',
  };
}

function breakers({ breakers: opened, window }: OperationalReport): Table {
  return {
    ...{
      id: 'breakers',
      title: 'Breakers that were open',
      columns: ['Dependency', '#Times', '#For about', 'First (UTC)'],
    },
    rows: opened.map((it) => ({ cells: [it.name, ...times(it, window.stepMs)] })),
    empty: 'All were closed all the time.',
  };
}

function capacity({ capacity: quantities }: OperationalReport): Table {
  return {
    ...{
      id: 'capacity',
      wide: true,
      title: 'Capacity',
      columns: ['What', '#Now', '#Most', '#Limit', '#Growth in a week'],
    },
    lead: 'Growth is that of a straight line through this time, which is told from a day on.',
    rows: quantities.map(({ name, unit, now, most, limit, perWeek }) => ({
      ...(limit !== undefined && limit > 0 && (most ?? 0) > limit && { tone: 'violated' as const }),
      cells: [
        ...[name, amount(now, unit), amount(most, unit), limit === undefined ? '' : amount(limit, unit)],
        growth(perWeek, unit),
      ],
    })),
    empty: unknown,
  };
}
