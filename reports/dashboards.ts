import type { RunEntry } from '../harness/journal/entry.ts';
import type { Verdict } from '../harness/verdict/verdict.ts';

/** Those of `grafana/`, by the ends of their uids; the first is the one to begin with. */
const shown = {
  service: 'service',
  dependencies: 'dependencies',
  'cache-and-breaker': 'cache and breaker',
  errors: 'errors',
  process: 'process',
} as const;

/** What came just before and after is seen too. */
const marginMs = 30_000;

/** The dashboards at the time of a run that reported into a stack with a Grafana; none of any other. */
export function dashboardLinks(
  run: RunEntry | undefined,
  verdict: Verdict,
): { title: string; url: string }[] {
  if (run?.grafana === undefined) return [];
  const query = new URLSearchParams({
    'var-service': verdict.scenario,
    from: String(Math.floor(verdict.startedAtMs - marginMs)),
    to: String(Math.ceil(verdict.startedAtMs + verdict.durationMs + marginMs)),
  });
  return Object.entries(shown).map(([name, title]) => ({
    title,
    url: `${run.grafana}/d/ordeal-${name}?${query}`,
  }));
}
