import { HarnessError } from '../errors.ts';
import type { Entry, LinkEntry, PhaseEntry, RunEntry } from '../journal/entry.ts';
import type {
  BreakerPoint,
  BreakerTimeline,
  Checks,
  FaultWindow,
  LinkBucket,
  Load,
  Observations,
  Requests,
} from './observations.ts';
import { phaseWindows } from './phases.ts';

/**
 * Sorts the entries of a journal by kind, in one pass. Pure: the same entries give the same observations.
 * Nothing depends on the order of the entries but the first line and what stands at the same moment.
 * @throws HarnessError when the first entry is not `run`.
 */
export function observe(entries: Iterable<Entry>): Observations {
  let gathered: Gathered | undefined;
  for (const entry of entries) {
    if (gathered === undefined) gathered = begin(entry);
    else gather(gathered, entry);
  }
  if (gathered === undefined) throw noBeginning('it is empty');
  return finish(gathered);
}

interface Gathered
  extends Omit<Observations, 'phases' | 'requests' | 'checks' | 'load' | 'links' | 'breakers' | 'faults'> {
  phaseEntries: PhaseEntry[];
  requests: Mutable<Requests>;
  checks: Map<string, Mutable<Checks>>;
  load: Omit<Load, 'reports'> & { reports: Load['reports'][number][] };
  links: Map<string, LinkBucket[]>;
  breakers: Map<string, Mutable<BreakerTimeline>>;
  faults: (Omit<FaultWindow, 'proofs'> & { proofs: FaultWindow['proofs'][number][] })[];
  serverSpans: { startMs: number[] };
  machine: Observations['machine'][number][];
  writes: Observations['writes'][number][];
  readBacks: Observations['readBacks'][number][];
  target: Observations['target'][number][];
}

type Mutable<T> = { [K in keyof T]: T[K] extends readonly (infer V)[] ? V[] : T[K] };

function begin(first: Entry): Gathered {
  if (first.kind !== 'run') throw noBeginning(`it begins with \`${first.kind}\``);
  return {
    run: first,
    lastMs: first.atMs,
    phaseEntries: [],
    requests: { startMs: [], durationMs: [], elapsedMs: [], status: [], name: [] },
    checks: new Map(),
    load: { reports: [] },
    links: new Map(),
    breakers: new Map(),
    faults: faultsOf(first),
    serverSpans: { startMs: [] },
    telemetry: { spans: 0, serverSpans: 0, metricPoints: 0, logLines: 0, malformed: 0 },
    machine: [],
    writes: [],
    readBacks: [],
    target: [],
  };
}

function noBeginning(what: string): HarnessError {
  return new HarnessError(
    `The journal must begin with a \`run\` entry, but ${what}: the run ended before its first line was written; run the scenario again.`,
  );
}

function faultsOf(run: RunEntry): Gathered['faults'] {
  return run.scenario.faults.map(({ fault }, index) => ({ index, fault, proofs: [] }));
}

function gather(into: Gathered, entry: Entry): void {
  if (entry.atMs > into.lastMs) into.lastMs = entry.atMs;
  switch (entry.kind) {
    case 'phase':
      into.phaseEntries.push(entry);
      break;
    case 'request': {
      const { startMs, durationMs, elapsedMs, status, name } = into.requests;
      startMs.push(entry.atMs);
      durationMs.push(entry.status === 0 ? Number.POSITIVE_INFINITY : entry.durationMs);
      elapsedMs.push(entry.durationMs);
      status.push(entry.status);
      name.push(entry.name);
      break;
    }
    case 'check': {
      const checks = valueAt(into.checks, entry.name, () => ({ atMs: [], ok: [] }));
      checks.atMs.push(entry.atMs);
      checks.ok.push(entry.ok);
      break;
    }
    case 'load':
      into.load.reports.push({
        atMs: entry.atMs,
        iterations: entry.iterations,
        droppedIterations: entry.droppedIterations,
      });
      if (entry.exitCode !== undefined) into.load.exitCode = entry.exitCode;
      break;
    case 'link':
      valueAt(into.links, entry.link, () => []).push(bucketOf(entry));
      break;
    case 'span':
      into.serverSpans.startMs.push(entry.atMs);
      break;
    case 'breaker': {
      const timeline = valueAt(into.breakers, entry.breaker, () => ({ transitions: [], samples: [] }));
      const points = entry.source === 'transition' ? timeline.transitions : timeline.samples;
      points.push({ atMs: entry.atMs, state: entry.state });
      break;
    }
    case 'telemetry':
      into.telemetry.spans += entry.spans;
      into.telemetry.serverSpans += entry.serverSpans;
      into.telemetry.metricPoints += entry.metricPoints;
      into.telemetry.logLines += entry.logLines;
      into.telemetry.malformed += entry.malformed;
      break;
    case 'machine': {
      const { atMs, forMs, busyMs, stolenMs } = entry;
      into.machine.push({ startMs: atMs, endMs: atMs + forMs, busyMs, stolenMs });
      break;
    }
    case 'fault': {
      const fault = into.faults[entry.index];
      if (fault === undefined) break;
      if (entry.event === 'injected') fault.injectedMs = entry.atMs;
      else fault.healedMs = entry.atMs;
      break;
    }
    case 'proof':
      into.faults[entry.index]?.proofs.push(entry);
      break;
    case 'write':
      into.writes.push(entry);
      break;
    case 'read-back':
      into.readBacks.push(entry);
      break;
    case 'target':
      into.target.push(entry);
      break;
    case 'end':
      into.end = entry;
      break;
    case 'run':
    case 'step':
    case 'trace':
      break;
  }
}

function valueAt<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function bucketOf(entry: LinkEntry): LinkBucket {
  let commands = 0;
  for (const count of Object.values(entry.commands)) commands += count;
  return {
    startMs: entry.atMs,
    endMs: entry.atMs + entry.forMs,
    commands,
    hits: entry.hits,
    misses: entry.misses,
    errors: entry.errors,
  };
}

function finish({ phaseEntries, ...gathered }: Gathered): Observations {
  for (const buckets of gathered.links.values()) buckets.sort((a, b) => a.startMs - b.startMs);
  for (const { transitions, samples } of gathered.breakers.values()) {
    transitions.sort(byTime);
    samples.sort(byTime);
  }
  for (const { proofs } of gathered.faults) proofs.sort(byTime);
  gathered.load.reports.sort(byTime);
  gathered.target.sort(byTime);
  return { ...gathered, phases: phaseWindows(phaseEntries, gathered.lastMs) };
}

function byTime(a: Pick<BreakerPoint, 'atMs'>, b: Pick<BreakerPoint, 'atMs'>): number {
  return a.atMs - b.atMs;
}
