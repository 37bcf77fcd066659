import type {
  BreakerEntry,
  EndEntry,
  Entry,
  FaultEntry,
  PhaseEntry,
  ProofEntry,
  RunEntry,
  StepEntry,
  TargetEntry,
  TraceEntry,
} from '../../harness/journal/entry.ts';

/** What a report tells of a journal, besides its series: the few entries that matter one by one, the rest as sums. */
export interface Story {
  run?: RunEntry;
  end?: EndEntry;
  phases: PhaseEntry[];
  faults: FaultEntry[];
  proofs: ProofEntry[];
  steps: StepEntry[];
  breakers: BreakerEntry[];
  traces: TraceEntry[];
  exits: TargetEntry[];
  writes: { acknowledged: number; refused: number; unknown: number };
  /** By place and finding, as in `database same`. */
  readBacks: Map<string, number>;
  checks: Map<string, { ok: number; failed: number }>;
  sums: {
    requests: number;
    iterations: number;
    droppedIterations: number;
    serverSpans: number;
    spans: number;
    logLines: number;
    malformed: number;
  };
  firstAtMs: number;
  lastAtMs: number;
}

export function emptyStory(): Story {
  return {
    phases: [],
    faults: [],
    proofs: [],
    steps: [],
    breakers: [],
    traces: [],
    exits: [],
    writes: { acknowledged: 0, refused: 0, unknown: 0 },
    readBacks: new Map(),
    checks: new Map(),
    sums: {
      requests: 0,
      iterations: 0,
      droppedIterations: 0,
      serverSpans: 0,
      spans: 0,
      logLines: 0,
      malformed: 0,
    },
    firstAtMs: Number.POSITIVE_INFINITY,
    lastAtMs: Number.NEGATIVE_INFINITY,
  };
}

/** Passes entries on and writes the story along, so that a journal is read once however long it is. */
export function* telling(entries: Iterable<Entry>, story: Story): Generator<Entry> {
  for (const entry of entries) {
    tell(entry, story);
    yield entry;
  }
}

function tell(entry: Entry, story: Story): void {
  if (entry.atMs < story.firstAtMs) story.firstAtMs = entry.atMs;
  if (entry.atMs > story.lastAtMs) story.lastAtMs = entry.atMs;
  switch (entry.kind) {
    case 'request':
      story.sums.requests++;
      return;
    case 'run':
      story.run = entry;
      return;
    case 'end':
      story.end = entry;
      return;
    case 'phase':
      story.phases.push(entry);
      return;
    case 'fault':
      story.faults.push(entry);
      return;
    case 'proof':
      story.proofs.push(entry);
      return;
    case 'step':
      story.steps.push(entry);
      return;
    case 'breaker':
      story.breakers.push(entry);
      return;
    case 'trace':
      story.traces.push(entry);
      return;
    case 'target':
      if (entry.event === 'exited') story.exits.push(entry);
      return;
    case 'write':
      story.writes[entry.outcome]++;
      return;
    case 'read-back':
      tally(story.readBacks, `${entry.from} ${entry.found}`);
      return;
    case 'check':
      check(story, entry.name, entry.ok);
      return;
    case 'load':
      story.sums.iterations += entry.iterations;
      story.sums.droppedIterations += entry.droppedIterations;
      return;
    case 'telemetry':
      story.sums.spans += entry.spans;
      story.sums.serverSpans += entry.serverSpans;
      story.sums.logLines += entry.logLines;
      story.sums.malformed += entry.malformed;
      return;
  }
}

function tally(sums: Map<string, number>, name: string): void {
  sums.set(name, (sums.get(name) ?? 0) + 1);
}

function check(story: Story, name: string, ok: boolean): void {
  const sum = story.checks.get(name) ?? { ok: 0, failed: 0 };
  sum[ok ? 'ok' : 'failed']++;
  story.checks.set(name, sum);
}
