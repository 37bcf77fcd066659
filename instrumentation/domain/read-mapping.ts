import { fs } from '../builtins.ts';
import { reason } from '../complain.ts';
import { catalogue } from '../metrics/catalogue.ts';
import type { MetricDefinition } from '../metrics/metric.ts';
import { checkEntry, type Report } from './check-entry.ts';
import type { MappedMetric } from './mapping.ts';
import { isFields } from './shapes.ts';

export interface Mapping {
  readonly metrics: readonly MappedMetric[];
  /** What was wrong with the file, a sentence each. */
  readonly problems: readonly string[];
}

const mostBytes = 1_000_000;
const mostMetrics = 500;
const mostProblems = 20;
const longestQuote = 80;

/** A mapping file (docs/domain-metrics.md). What is wrong with it is told, what is right is used; never throws. */
export function readMapping(file: string): Mapping {
  const problems: string[] = [];
  const report: Report = (path, expected, came) =>
    problems.push(`${file}: ${path}: expected ${expected}, got ${quote(came)}`);
  const metrics = consistent(checkFile(load(file, problems), report), report);
  return { metrics: metrics.map(({ metric }) => metric), problems: bounded(problems, file) };
}

function load(file: string, problems: string[]): unknown {
  try {
    const found = fs.statSync(file);
    // A pipe would be waited for without an end.
    if (!found.isFile()) throw new Error('it is not a file');
    if (found.size > mostBytes) throw new Error(`it has ${found.size} bytes, more than ${mostBytes}`);
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    problems.push(
      `${file}: expected a JSON file with metrics, there are no domain metrics: ${reason(error)}`,
    );
    return undefined;
  }
}

interface Placed {
  readonly at: string;
  readonly metric: MappedMetric;
}

function checkFile(given: unknown, report: Report): Placed[] {
  if (given === undefined) return [];
  const list = isFields(given) ? given.metrics : undefined;
  if (!Array.isArray(list)) {
    report('metrics', '{"metrics": [...]}', list ?? given);
    return [];
  }
  if (list.length > mostMetrics) report('metrics', `at most ${mostMetrics} entries`, list.length);
  return list.slice(0, mostMetrics).flatMap((entry, index) => {
    const at = `metrics[${index}]`;
    const metric = checkEntry(entry, at, report);
    return metric ? [{ at, metric }] : [];
  });
}

/**
 * What the preload counts itself is not counted twice. Several channels may feed one metric, which then has to be the
 * same in all of them; the first decides.
 */
function consistent(placed: readonly Placed[], report: Report): Placed[] {
  const shapes = new Map<string, string>();
  return placed.filter(({ at, metric: { definition } }) => {
    const { name, kind, unit, buckets } = definition;
    const key = name.toLowerCase();
    if (ownNames.has(key)) {
      report(`${at}.name`, 'a name that the preload does not use itself', name);
      return false;
    }
    const shape = JSON.stringify({ kind, unit, buckets });
    const first = shapes.get(key) ?? shape;
    shapes.set(key, first);
    if (shape !== first) report(at, `${name} as it is above, ${first}`, { kind, unit, buckets });
    return shape === first;
  });
}

const ownNames: ReadonlySet<string> = new Set(
  Object.values<MetricDefinition>(catalogue).flatMap(({ name, alsoAs = name }) => [name, alsoAs]),
);

function quote(came: unknown): string {
  if (came === undefined) return 'nothing';
  const text = JSON.stringify(came);
  return text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text;
}

function bounded(problems: readonly string[], file: string): string[] {
  const kept = problems.slice(0, mostProblems);
  const more = problems.length - kept.length;
  return more > 0 ? [...kept, `${file}: and ${more} more`] : kept;
}
