import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, connections } from './bench.ts';
import type { Contestant } from './contestants.ts';
import { type Delivered, median, type Recorded, type SteadyFigures } from './figures.ts';
import { Life } from './life.ts';
import { cpuMsOf, rssMbOf } from './process-figures.ts';
import type { ServiceName } from './service.ts';

/** Few, and as fast as they are answered: compiled code needs many requests, not a crowd of them. */
const warmupConnections = 4;

/**
 * V8 lets the young generation grow in steps when enough of it has survived. Every service under load ends with the largest,
 * but in the minute of a bench only some do: the same service without anything had 154 or 210 MB then, which hides what a
 * preload adds. With this factor the first step is the last, for all, and the warm-up lasts until it was taken. (Not by a
 * size: that would hold for the heap of a contestant's own thread too, against the limits with which it was started.)
 */
const grownUp = ['--semi-space-growth-factor=32'];
/** Before the step it is at most 50 MB, after it about 100. */
const grownUpMb = 90;
const mostBursts = 20;
const burstMs = 1000;

/** One turn of one contestant. */
interface Turn {
  readonly cpuMs: number;
  readonly requests: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** The life of one process of a contestant. */
interface Stay {
  readonly turns: readonly Turn[];
  /** At its end. */
  readonly rssMb: number;
  readonly peakRssMb: number;
  readonly delivered: Delivered;
}

/**
 * All contestants alive and warm, the load goes to one after the other, so that all see the same machine; and all of it
 * again with new processes, because what V8 makes of the same load differs by some MB from one to the next.
 */
export async function measureSteady(
  bench: Bench,
  service: ServiceName,
  ratePerSecond: number,
  recorded: ReadonlyMap<Contestant, Recorded>,
): Promise<Map<Contestant, SteadyFigures>> {
  const stays = new Map(bench.contestants.map((it) => [it, [] as Stay[]]));
  for (let life = 0; life < bench.plan.steady.lives; life++)
    for (const [contestant, stay] of await liveOnce(bench, service, ratePerSecond, recorded))
      stays.get(contestant)!.push(stay);
  return new Map(Array.from(stays, ([contestant, ofIt]) => [contestant, figuresOf(ofIt)]));
}

async function liveOnce(
  bench: Bench,
  service: ServiceName,
  ratePerSecond: number,
  recorded: ReadonlyMap<Contestant, Recorded>,
): Promise<Map<Contestant, Stay>> {
  const { warmupMs, rounds, forMs, settleMs } = bench.plan.steady;
  await using stack = new AsyncDisposableStack();
  const lives = new Map<Contestant, Life>();
  for (const contestant of bench.contestants) {
    const life = stack.use(await Life.begin(bench, service, contestant, grownUp));
    await life.ask({ connections: warmupConnections, forMs: warmupMs });
    await growUp(bench, life);
    lives.set(contestant, life);
  }
  const turns = new Map(bench.contestants.map((it) => [it, [] as Turn[]]));
  for (let round = 0; round < rounds; round++)
    for (const [contestant, life] of lives)
      turns.get(contestant)!.push(await takeTurn(life, ratePerSecond, forMs, settleMs));
  const stays = new Map<Contestant, Stay>();
  for (const [contestant, life] of lives) {
    const { now: rssMb, peak: peakRssMb } = rssMbOf(life.service.pid);
    const delivered = await life.deliver(recorded.get(contestant)!);
    stays.set(contestant, { turns: turns.get(contestant)!, rssMb, peakRssMb, delivered });
  }
  return stays;
}

/** A crowd leaves more that survives. */
async function growUp({ troubles }: Bench, life: Life): Promise<void> {
  for (let burst = 0; burst < mostBursts; burst++) {
    if ((await life.service.youngMb()) >= grownUpMb) return;
    await life.ask({ connections, forMs: burstMs });
  }
  troubles.push(`${life.title}: its young generation did not grow within ${mostBursts} s of load`);
}

async function takeTurn(life: Life, ratePerSecond: number, forMs: number, settleMs: number): Promise<Turn> {
  const { pid } = life.service;
  const beforeMs = cpuMsOf(pid);
  const { good, p50Ms, p95Ms, p99Ms } = await life.ask({ connections, forMs, ratePerSecond });
  await sleep(settleMs);
  return { cpuMs: cpuMsOf(pid) - beforeMs, requests: good, p50Ms, p95Ms, p99Ms };
}

/** CPU is a mean, not a median: an export of metrics falls into some turns only, and belongs to the cost. */
function figuresOf(stays: readonly Stay[]): SteadyFigures {
  const turns = stays.flatMap((it) => it.turns);
  const sum = (value: (turn: Turn) => number) => turns.reduce((total, turn) => total + value(turn), 0);
  const middle = (value: (turn: Turn) => number) => median(turns.map(value));
  return {
    cpuMicrosPerRequest: (sum((it) => it.cpuMs) / sum((it) => it.requests)) * 1000,
    p50Ms: middle((it) => it.p50Ms),
    p95Ms: middle((it) => it.p95Ms),
    p99Ms: middle((it) => it.p99Ms),
    rssMb: stays.reduce((total, { rssMb }) => total + rssMb, 0) / stays.length,
    peakRssMb: Math.max(...stays.map((it) => it.peakRssMb)),
    deliveredAtRate: together(stays.map((it) => it.delivered)),
  };
}

/** The worst share counts. */
function together(all: readonly Delivered[]): Delivered {
  const total = (value: (it: Delivered) => number) => all.reduce((sum, it) => sum + value(it), 0);
  return {
    share: Math.min(...all.map((it) => it.share)),
    spans: total((it) => it.spans),
    lines: total((it) => it.lines),
    points: total((it) => it.points),
  };
}
