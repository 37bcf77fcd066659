import type { Fault, Phase, Scenario } from '../scenario/scenario.ts';

/**
 * One line of the journal (`journal.ndjson`). The journal is append-only, and everything after it (series,
 * judgements, reports) is a pure function of it. `atMs` is Unix time in milliseconds, fractions allowed; every
 * process of a run is on one machine, so all times share one clock.
 */
export type Entry =
  | RunEntry
  | StepEntry
  | PhaseEntry
  | FaultEntry
  | ProofEntry
  | RequestEntry
  | CheckEntry
  | LoadEntry
  | LinkEntry
  | SpanEntry
  | BreakerEntry
  | TelemetryEntry
  | MachineEntry
  | WriteEntry
  | ReadBackEntry
  | TargetEntry
  | TraceEntry
  | EndEntry;

/** First line: everything needed to judge or replay without the scenario's file. */
export interface RunEntry {
  kind: 'run';
  atMs: number;
  /** Version of this format; a reader refuses one it does not know. */
  format: 1;
  /** In the environment of every process that the run starts, as `ORDEAL_RUN`, and on every container. */
  id: string;
  scenario: Scenario;
  seed: number;
  stack: string;
  /** Names and versions of what took part: ordeal, node, k6, postgres, redis … */
  versions: Record<string, string>;
  machine: { os: string; cpus: number; memoryBytes: number };
  /** A command that replays the run and can be pasted as it stands. */
  replay: string;
  /** Where its dashboards are, when it reported into a stack that has them: `http://127.0.0.1:3000`. */
  grafana?: string;
}

/** Something a person would want to know: installed, started, injected, healed, stopped. */
export interface StepEntry {
  kind: 'step';
  atMs: number;
  text: string;
}

/** The phase begins. `end` closes the last one: the load is over. */
export interface PhaseEntry {
  kind: 'phase';
  atMs: number;
  phase: Phase | 'end';
}

/** The fault with this index in `scenario.faults` went in, or was taken out; `atMs` is when that was complete. */
export interface FaultEntry {
  kind: 'fault';
  atMs: number;
  index: number;
  fault: Fault;
  event: 'injected' | 'healed';
}

/** What the harness itself saw when it tried the link, or looked at the target from outside. */
export interface ProofEntry {
  kind: 'proof';
  atMs: number;
  index: number;
  /** Absent for a fault that acts within the target. */
  link?: string;
  moment: 'before' | 'during' | 'after';
  /** What had to be seen: the fault in force, or the link at work. */
  expected: 'fault' | 'works';
  /**
   * Of a link: that it works, refuses, cuts or says nothing. Of the target: that it works as without the fault, is
   * affected by it, says nothing, or could not be looked at.
   */
  seen: 'works' | 'refused' | 'cut' | 'silent' | 'affected' | 'unseen';
  /** From connect to answer, when there was one. */
  roundTripMs?: number;
  /** What of the target was measured, when that was a number. */
  measured?: { value: number; unit: 'ms' | 'MB' | 'cores' };
  /** Whether what was seen is what had to be seen. */
  proved: boolean;
  /** One clause for a person: `ECONNREFUSED after 0.3 ms`. */
  detail: string;
}

/** One HTTP request as k6 saw it; `atMs` is its start. */
export interface RequestEntry {
  kind: 'request';
  atMs: number;
  name: string;
  durationMs: number;
  /** 0 when no answer came. */
  status: number;
  /** k6's error code when no answer came: https://grafana.com/docs/k6/latest/javascript-api/error-codes/ */
  errorCode?: string;
}

/** One k6 `check()`, by name. */
export interface CheckEntry {
  kind: 'check';
  atMs: number;
  name: string;
  ok: boolean;
}

/** What the load generator says of itself, since the entry before. */
export interface LoadEntry {
  kind: 'load';
  atMs: number;
  iterations: number;
  droppedIterations: number;
  /** Set on the last one, when k6 has ended: its exit code, or null when a signal ended it. */
  exitCode?: number | null;
}

/** What passed a link within one bucket of `forMs`; empty buckets are not written. */
export interface LinkEntry extends LinkCounts {
  kind: 'link';
  atMs: number;
  forMs: number;
  link: string;
}

export interface LinkCounts {
  connections: number;
  /** Commands by name, without those that only set a connection up. Only for protocols that are read. */
  commands: Record<string, number>;
  /** Commands that set a connection up or keep it alive: HELLO, AUTH, SELECT, CLIENT, INFO, COMMAND, PING … */
  handshakes: number;
  /** Answers to read commands on keys that the scenario declares as cache. */
  hits: number;
  misses: number;
  /** Error replies. */
  errors: number;
  bytesToDependency: number;
  bytesToTarget: number;
}

/** A server span that the target sent: one request as the target saw it. `atMs` is its start. */
export interface SpanEntry {
  kind: 'span';
  atMs: number;
  durationMs: number;
  name: string;
  traceId: string;
  status: number;
  requestId?: string;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/** `transition`: it changed at this moment. `sample`: this is what it was (the signal is alive). */
export interface BreakerEntry {
  kind: 'breaker';
  atMs: number;
  breaker: string;
  state: BreakerState;
  source: 'transition' | 'sample';
}

/** What arrived at the receiver since the entry before. */
export interface TelemetryEntry {
  kind: 'telemetry';
  atMs: number;
  spans: number;
  serverSpans: number;
  metricPoints: number;
  logLines: number;
  /** Bodies that could not be read. */
  malformed: number;
}

/**
 * What this machine's CPUs did within `forMs`, in CPU milliseconds. Only on Linux, from `/proc/stat`:
 * https://man7.org/linux/man-pages/man5/proc_stat.5.html
 */
export interface MachineEntry {
  kind: 'machine';
  atMs: number;
  forMs: number;
  /** They worked. */
  busyMs: number;
  /** They had work, and the hypervisor gave the time to other machines (steal time). */
  stolenMs: number;
}

/** A write that the load sent. Only `acknowledged` ones have to be there at the end. */
export interface WriteEntry {
  kind: 'write';
  atMs: number;
  outcome: 'acknowledged' | 'refused' | 'unknown';
  /** What to read it back by; absent when no answer gave one. */
  key?: string;
  value: string;
}

/** An acknowledged write read back after the load. */
export interface ReadBackEntry {
  kind: 'read-back';
  atMs: number;
  key: string;
  from: 'database' | 'api';
  found: 'same' | 'different' | 'missing' | 'unreadable';
  detail?: string;
}

export interface TargetEntry {
  kind: 'target';
  atMs: number;
  event: 'ready' | 'exited' | 'stopped';
  /** With `exited` (it was not asked to) and `stopped` (it was). */
  exitCode?: number | null;
  signal?: string | null;
  /** With `exited`: the last lines it wrote. */
  logTail?: string;
}

/** A whole trace, kept for the report: the slowest of a phase, or one with an error. */
export interface TraceEntry {
  kind: 'trace';
  atMs: number;
  traceId: string;
  why: string;
  /** Where a person can open it, when a Jaeger was told of it. */
  url?: string;
  spans: {
    spanId: string;
    parentSpanId?: string;
    name: string;
    spanKind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
    startMs: number;
    durationMs: number;
    error: boolean;
    attributes: Record<string, string | number | boolean>;
  }[];
}

/** Last line: how the run ended. A journal without one was cut off (`kill -9`). */
export interface EndEntry {
  kind: 'end';
  atMs: number;
  ending: 'completed' | 'interrupted' | 'harness-failed' | 'infrastructure-failed';
  /** With `interrupted`. */
  signal?: 'SIGINT' | 'SIGTERM';
  /** What went wrong, for a person. */
  message?: string;
}
