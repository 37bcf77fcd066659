import type {
  BreakerState,
  EndEntry,
  ProofEntry,
  ReadBackEntry,
  RunEntry,
  TargetEntry,
  WriteEntry,
} from '../journal/entry.ts';
import type { Fault, Phase } from '../scenario/scenario.ts';

/** What one journal says, sorted out by kind: the only thing that the judge and the charts look at. */
export interface Observations {
  run: RunEntry;
  /** The largest `atMs` of the journal: until here something was recorded. */
  lastMs: number;
  /** Absent when the journal was cut off. */
  end?: EndEntry;
  /** Those that began, in the order in which they began. */
  phases: readonly PhaseWindow[];
  requests: Requests;
  checks: ReadonlyMap<string, Checks>;
  load: Load;
  /** By link, in the order of time. */
  links: ReadonlyMap<string, readonly LinkBucket[]>;
  /** By the name of the breaker. */
  breakers: ReadonlyMap<string, BreakerTimeline>;
  /** One for each fault of the scenario, at the same index. */
  faults: readonly FaultWindow[];
  serverSpans: { startMs: readonly number[] };
  telemetry: {
    spans: number;
    serverSpans: number;
    metricPoints: number;
    logLines: number;
    malformed: number;
  };
  /** In the order of time; empty where the system does not tell. */
  machine: readonly MachineBucket[];
  writes: readonly WriteEntry[];
  readBacks: readonly ReadBackEntry[];
  target: readonly TargetEntry[];
}

/** `[startMs, endMs)`. */
export interface TimeWindow {
  startMs: number;
  endMs: number;
}

/** A phase as it happened. */
export interface PhaseWindow extends TimeWindow {
  phase: Phase;
  /** The next phase (or the end of the load) was recorded; otherwise `endMs` is the end of the record. */
  closed: boolean;
}

/** Columns, not objects: there may be several 100,000. Index i is one request; in the order of the journal. */
export interface Requests {
  startMs: readonly number[];
  /** `Infinity` when no answer came: k6 gives 0 ms for those, which would make an outage look fast. */
  durationMs: readonly number[];
  /** How long it took until the answer or the failure, as k6 gave it. */
  elapsedMs: readonly number[];
  /** 0 when no answer came. */
  status: readonly number[];
  name: readonly string[];
}

/** Results of one k6 check, as columns. */
export interface Checks {
  atMs: readonly number[];
  ok: readonly boolean[];
}

export interface Load {
  /** What was told at `atMs` about the time since the one before. */
  reports: readonly { atMs: number; iterations: number; droppedIterations: number }[];
  /** Absent when k6's end is not in the journal; null when a signal ended it. */
  exitCode?: number | null;
}

/** What passed a link in `[startMs, endMs)`; buckets in which nothing passed are not there. */
export interface LinkBucket extends TimeWindow {
  /** Commands of any name, without handshakes. */
  commands: number;
  hits: number;
  misses: number;
  errors: number;
}

/** What the machine's CPUs did in `[startMs, endMs)`, in CPU milliseconds. */
export interface MachineBucket extends TimeWindow {
  busyMs: number;
  stolenMs: number;
}

/** What is known of one breaker, each part in the order of time. */
export interface BreakerTimeline {
  /** The moments at which it changed. */
  transitions: readonly BreakerPoint[];
  /** What it was when somebody looked: shows that the signal is alive. */
  samples: readonly BreakerPoint[];
}

export interface BreakerPoint {
  atMs: number;
  state: BreakerState;
}

/** One fault of the scenario as it happened. */
export interface FaultWindow {
  index: number;
  fault: Fault;
  injectedMs?: number;
  healedMs?: number;
  /** In the order of time. */
  proofs: readonly ProofEntry[];
}
