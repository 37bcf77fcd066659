import type { Entry } from '../journal/entry.ts';
import { isLinkFault } from '../scenario/place.ts';
import type { Judgement, Verdict } from '../verdict/verdict.ts';
import { version } from '../version.ts';

/** A line that a run tells of itself, in the format of docs/observability.md. */
export interface RunLine {
  readonly atMs: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, string | number>>;
}

export interface RunName {
  readonly scenario: string;
  /** Its folder below `runs/`: `redis-outage/2026-05-04T10-20-30-400Z`. */
  readonly run: string;
}

/** What an entry of the journal says to those who look at dashboards; most say nothing. */
export function linesOfEntry(entry: Entry, { scenario }: RunName): RunLine[] {
  if (entry.kind === 'run') {
    const { seed, stack, atMs } = entry;
    return [line(atMs, 'info', 'run_started', `${scenario}: started`, { seed, stack })];
  }
  if (entry.kind === 'phase' && entry.phase !== 'end') {
    const { phase, atMs } = entry;
    return [line(atMs, 'info', 'phase_started', `${scenario}: ${phase}`, { phase })];
  }
  if (entry.kind === 'fault') {
    const { event, fault, atMs } = entry;
    const on = isLinkFault(fault) ? fault.link : 'target';
    const message = `${scenario}: ${fault.kind} on ${on} ${event}`;
    const level = event === 'injected' ? 'warn' : 'info';
    return [line(atMs, level, `fault_${event}`, message, { fault: fault.kind, on })];
  }
  return [];
}

/** What was judged, at the moment at which the run ended. */
export function linesOfVerdict(verdict: Verdict): RunLine[] {
  const { scenario, outcome, exitCode, ending, judgements, startedAtMs, durationMs } = verdict;
  const atMs = startedAtMs + durationMs;
  const rest = judgements.filter((it) => it.outcome !== 'met').length;
  const message = `${scenario}: ${outcome}, ${rest} of ${judgements.length} judgements not met`;
  const level = ({ met: 'info', inconclusive: 'warn', violated: 'error' } as const)[outcome];
  const fields = { outcome, exit_code: exitCode, ending: ending.kind, duration_ms: Math.round(durationMs) };
  return [
    ...judgements.map((it) => lineOfJudgement(it, atMs)),
    line(atMs, level, 'run_ended', message, fields),
  ];
}

function lineOfJudgement(judgement: Judgement, atMs: number): RunLine {
  const { kind, claim, phase, outcome, unit, limit, observed } = judgement;
  return line(atMs, outcome === 'met' ? 'info' : 'warn', 'judgement', `${claim} (${phase}): ${outcome}`, {
    ...{ kind, claim, phase, outcome, unit, limit },
    // What never came is told as infinite, for which JSON has no number.
    ...(observed !== undefined && Number.isFinite(observed) && { observed }),
  });
}

function line(
  atMs: number,
  level: RunLine['level'],
  event: string,
  message: string,
  more: Readonly<Record<string, string | number>>,
): RunLine {
  return { atMs, level, fields: { event, message, ...more } };
}

/**
 * The body of a push to Loki: a stream for each level. Lines of the same moment stay in order by a nanosecond each.
 * https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
 */
export function pushOf(lines: readonly RunLine[], { scenario, run }: RunName): string {
  const streams = Map.groupBy(
    lines.map((it, at) => ({ ...it, at })),
    ({ level }) => level,
  );
  return JSON.stringify({
    streams: [...streams].map(([level, those]) => ({
      stream: { service_name: 'ordeal', level },
      values: those.map(({ atMs, at, fields: { message, ...fields } }) => {
        const timestamp = new Date(atMs).toISOString();
        const start = { timestamp, level, message, service: 'ordeal', version };
        const nanoseconds = BigInt(Math.floor(atMs)) * 1_000_000n + BigInt(at);
        return [String(nanoseconds), JSON.stringify({ ...start, scenario, run, ...fields })];
      }),
    })),
  });
}
