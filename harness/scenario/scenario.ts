import { z } from 'zod';

/**
 * A scenario is plain data: what is put under test, over which dependencies, under which load, with which
 * faults, and the steady-state hypothesis that must hold. Authors write `ScenarioInput` (defaults may be left
 * out); inside the harness only the parsed `Scenario` exists, in which everything is there.
 */

export const phases = ['warmup', 'baseline', 'fault', 'recovery'] as const;
const phase = z.enum(phases);
/** One stretch of a run: `fault` begins when the first fault goes in, `recovery` when the last is healed. */
export type Phase = z.infer<typeof phase>;

const name = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens');
const durationMs = z.number().int().nonnegative();
const someMs = z.number().int().positive();
const command = z.array(z.string().min(1)).min(1);

const server = z.strictObject({
  /** Which protocol it speaks; decides how it is started, tried and counted. */
  kind: z.enum(['postgres', 'redis']),
  /** The image that the `docker` stack starts; `local` ignores it. Default: `postgres:18` and `redis:8`. */
  image: z.string().min(1).optional(),
});
/** A dependency that Ordeal knows how to start. */
export type ServerSpec = z.output<typeof server>;

const program = z.strictObject({
  /** A program of the author's own that speaks HTTP. */
  kind: z.literal('http'),
  /** The program and its arguments; `node` is the Node that runs Ordeal. It must listen on 127.0.0.1. */
  command,
  /** Folder it runs in, relative to the scenario's own folder. */
  cwd: z.string().default('.'),
  /** Its environment. In values, `{port}` becomes the port that it must listen on. */
  env: z.record(z.string(), z.string()).default({}),
  /** Path that answers 2xx once it can serve. */
  ready: z.strictObject({ path: z.string().startsWith('/') }).default({ path: '/' }),
});
/** A dependency that the scenario says how to start; a child process on every stack. */
export type ProgramSpec = z.output<typeof program>;

export type ServiceSpec = ServerSpec | ProgramSpec;
export type ServerKind = ServerSpec['kind'];
export type ServiceKind = ServiceSpec['kind'];

const target = z.strictObject({
  /** The program and its arguments; `node` is the Node that runs Ordeal, with the preload put in front. */
  command,
  /** Folder it runs in, relative to the scenario's own folder. */
  cwd: z.string().default('.'),
  /**
   * Environment of the target. In values, `{redis.url}`, `{redis.host}`, `{redis.port}` (for any service of the
   * stack) become the address of that dependency's link, `{target.port}` the port that the target must listen on.
   */
  env: z.record(z.string(), z.string()).default({}),
  /** A command run to its end before the target starts, with the same cwd and env: migrations, seed data. */
  prepare: command.optional(),
  /** Path that answers 2xx once the target can serve, and how long that may take. */
  ready: z
    .strictObject({ path: z.string().startsWith('/'), timeoutMs: durationMs.default(20_000) })
    .default({ path: '/', timeoutMs: 20_000 }),
  /** Whether the preload watches it from inside. Without, telemetry SLOs cannot be judged. */
  preload: z.boolean().default(true),
});
export type TargetSpec = z.output<typeof target>;

const request = z.strictObject({
  /** The name that its samples carry; an SLO can name it. */
  name: z.string().min(1),
  /** Share of the mix, relative to the other requests. */
  weight: z.number().positive().default(1),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
  /** Path with optional `{n}`: a seeded number between 1 and `population`, popular ones first (Zipf). */
  path: z.string().startsWith('/'),
  population: z.number().int().positive().default(100),
  /** JSON body; `{n}` is replaced in its strings too. */
  body: z.unknown().optional(),
});
export type RequestSpec = z.output<typeof request>;

const load = z
  .strictObject({
    /** Iterations per second, open model (k6 `constant-arrival-rate`). */
    ratePerSecond: z.number().positive().max(10_000),
    /** The mix of requests, when no script is given. */
    requests: z.array(request).min(1).optional(),
    /** A k6 script (TypeScript) relative to the scenario's folder; reads the plan with `harness/load/k6.ts`. */
    script: z.string().optional(),
    /** Whatever the script wants to know; handed over as it is. */
    options: z.record(z.string(), z.unknown()).default({}),
    /** k6 virtual users that may be in use at once; when they run out, iterations are dropped. */
    maxVirtualUsers: z.number().int().positive().default(200),
  })
  .refine((it) => (it.requests === undefined) !== (it.script === undefined), {
    error: 'exactly one of `requests` and `script`',
  });

const hostNames = z.array(z.hostname()).min(1);
const dayMs = 86_400_000;

const fault = z.discriminatedUnion('kind', [
  /** Listener closed (connect gives ECONNREFUSED) and every open connection reset. */
  z.strictObject({ kind: z.literal('refuse'), link: name }),
  /** Connections are accepted, then reset; open ones are reset at once. */
  z.strictObject({ kind: z.literal('cut'), link: name }),
  /** Connections stay open, no byte passes in either direction. */
  z.strictObject({ kind: z.literal('hold'), link: name }),
  /** Every chunk from the dependency to the target waits `latencyMs` plus or minus up to `jitterMs`. */
  z.strictObject({
    kind: z.literal('delay'),
    link: name,
    latencyMs: someMs,
    jitterMs: durationMs.default(0),
  }),
  /** The target's event loop stands still for `blockMs` in every `everyMs`. */
  z.strictObject({
    kind: z.literal('block-event-loop'),
    blockMs: z.number().int().min(50).max(1000),
    everyMs: z.number().int().min(100).max(2000).default(1000),
  }),
  /** The target's JavaScript heap holds `sizeMb` more; refused above 80 % of its limit. */
  z.strictObject({ kind: z.literal('allocate-heap'), sizeMb: z.number().int().min(64).max(16_384) }),
  /** Threads within the target use as much CPU as `cores` cores have; its event loop lives. */
  z.strictObject({ kind: z.literal('burn-cpu'), cores: z.number().min(0.25).max(64) }),
  /** Looking up names (`names`, default: all; never addresses) takes `latencyMs` longer in the target. */
  z.strictObject({ kind: z.literal('slow-dns'), latencyMs: someMs.max(10_000), names: hostNames.optional() }),
  /** Looking up names fails in the target: the name is not there, or the resolver does not answer. */
  z.strictObject({
    kind: z.literal('fail-dns'),
    code: z.enum(['ENOTFOUND', 'EAI_AGAIN']).default('ENOTFOUND'),
    names: hostNames.optional(),
  }),
  /** The target's time of day (`Date`) is off by `skewMs`; durations and timers go on. */
  z.strictObject({
    kind: z.literal('skew-clock'),
    skewMs: z
      .number()
      .int()
      .min(-365 * dayMs)
      .max(365 * dayMs)
      .refine((it) => Math.abs(it) >= 1000, { error: 'at least 1000 ms, forward or back' }),
  }),
]);
/** What we do to the system. */
export type Fault = z.output<typeof fault>;
export type FaultKind = Fault['kind'];
/** Acts on the connection to one dependency. */
export type LinkFault = Extract<Fault, { link: string }>;
/** Acts within the target, by its preload. */
export type NodeFault = Exclude<Fault, LinkFault>;

const scheduledFault = z.strictObject({
  fault,
  /** After the start of the phase `fault`, in ms. */
  atMs: durationMs.default(0),
  /** How long it is in force; default: to the end of the phase `fault`. */
  forMs: someMs.optional(),
});
export type ScheduledFault = z.output<typeof scheduledFault>;

const inPhases = z.array(phase).min(1);
const ratio = z.number().min(0).max(1);

const slo = z.discriminatedUnion('kind', [
  /** A percentile of the time from request to answer, over all requests or those of one name. */
  z.strictObject({
    kind: z.literal('latency'),
    percentile: ratio.default(0.95),
    maxMs: z.number().positive(),
    phases: inPhases,
    request: z.string().optional(),
  }),
  /** Share of requests without an answer or with a status of 400 and above. */
  z.strictObject({
    kind: z.literal('error-rate'),
    max: ratio,
    phases: inPhases,
    request: z.string().optional(),
  }),
  /** Reads answered from the cache (counted at the link) over cacheable reads served. Needs `cache`. */
  z.strictObject({ kind: z.literal('cache-hit-rate'), min: ratio, phases: inPhases }),
  /** The breaker leaves `closed` at most `withinMs` after the fault is in force. */
  z.strictObject({ kind: z.literal('breaker-opens'), withinMs: durationMs, breaker: z.string().optional() }),
  /** While it is open, nothing but its probes is sent over the link, and `maxCommands` that must not wait for it. */
  z.strictObject({
    kind: z.literal('breaker-silences'),
    link: name,
    maxCommands: z.int().nonnegative().default(0),
    breaker: z.string().optional(),
  }),
  /** It is `closed` again at most `withinMs` after the heal, and stays so. */
  z.strictObject({ kind: z.literal('breaker-closes'), withinMs: durationMs, breaker: z.string().optional() }),
  /** It never leaves `closed`, and its signal was alive. */
  z.strictObject({
    kind: z.literal('breaker-stays-closed'),
    phases: inPhases,
    breaker: z.string().optional(),
  }),
  /** Every write that was acknowledged is there at the end with its contents. Needs `writes`. */
  z.strictObject({ kind: z.literal('writes-kept') }),
  /** Every answer carries the `X-Request-ID` of its request. */
  z.strictObject({ kind: z.literal('request-id'), phases: inPhases }),
  /** The share of a check of the k6 script that holds, by the name of the check. */
  z.strictObject({ kind: z.literal('check'), check: z.string().min(1), min: ratio, phases: inPhases }),
]);
/** One line of the hypothesis. */
export type Slo = z.output<typeof slo>;
export type SloKind = Slo['kind'];

export const scenarioSchema = z.strictObject({
  name,
  description: z.string().min(1),
  target,
  /** The dependencies by name; each gets a link of the same name. */
  stack: z.record(name, z.discriminatedUnion('kind', [server, program])),
  load,
  phasesMs: z.strictObject({
    warmup: durationMs,
    baseline: someMs,
    fault: durationMs.default(0),
    recovery: durationMs.default(0),
  }),
  faults: z.array(scheduledFault).default([]),
  /** What is cache: its link, its keys (`*` matches anything) and the request names that may be answered from it. */
  cache: z
    .strictObject({ link: name, keys: z.string().min(1), requests: z.array(z.string()).min(1) })
    .optional(),
  /** How an acknowledged write is read back at the end: `{key}` in the path, `$1` in the statement. */
  writes: z
    .strictObject({
      service: name,
      sql: z.string().min(1),
      path: z.string().startsWith('/'),
      /** Where the value stands in the JSON answer, with dots: `data.content`. */
      field: z.string().min(1),
    })
    .optional(),
  hypothesis: z.array(slo).min(1),
});

/** What an author writes. */
export type ScenarioInput = z.input<typeof scenarioSchema>;
/** What the harness works with: parsed, defaulted, checked. */
export type Scenario = z.output<typeof scenarioSchema>;

/** Gives an author's literal its type; does nothing else. */
export function defineScenario(scenario: ScenarioInput): ScenarioInput {
  return scenario;
}
