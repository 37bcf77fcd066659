import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, connections } from './bench.ts';
import type { Contestant } from './contestants.ts';
import { median, type Recorded, type SteadyFigures } from './figures.ts';
import { Life } from './life.ts';
import { cpuMsOf, rssMbOf } from './process-figures.ts';
import type { ServiceName } from './service.ts';

/** Few, and as fast as they are answered: compiled code needs many requests, not a crowd of them. */
const warmupConnections = 4;

/** One turn of one contestant. */
interface Turn {
  readonly cpuMs: number;
  readonly requests: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly rssMb: number;
}

/** All contestants alive and warm, the load goes to one after the other, so that all see the same machine. */
export async function measureSteady(
  bench: Bench,
  service: ServiceName,
  ratePerSecond: number,
  recorded: ReadonlyMap<Contestant, Recorded>,
): Promise<Map<Contestant, SteadyFigures>> {
  const { warmupMs, rounds, forMs, settleMs } = bench.plan.steady;
  await using stack = new AsyncDisposableStack();
  const lives = new Map<Contestant, Life>();
  for (const contestant of bench.contestants) {
    const life = stack.use(await Life.begin(bench, service, contestant));
    await life.ask({ connections: warmupConnections, forMs: warmupMs });
    lives.set(contestant, life);
  }
  const turns = new Map(bench.contestants.map((it) => [it, [] as Turn[]]));
  for (let round = 0; round < rounds; round++)
    for (const [contestant, life] of lives)
      turns.get(contestant)!.push(await takeTurn(life, ratePerSecond, forMs, settleMs));
  const results = new Map<Contestant, SteadyFigures>();
  for (const [contestant, life] of lives) {
    const { peak: peakRssMb } = rssMbOf(life.service.pid);
    const deliveredAtRate = await life.deliver(recorded.get(contestant)!);
    results.set(contestant, { ...figuresOf(turns.get(contestant)!), peakRssMb, deliveredAtRate });
  }
  return results;
}

async function takeTurn(life: Life, ratePerSecond: number, forMs: number, settleMs: number): Promise<Turn> {
  const { pid } = life.service;
  const beforeMs = cpuMsOf(pid);
  const { good, p50Ms, p95Ms, p99Ms } = await life.ask({ connections, forMs, ratePerSecond });
  const rssMb = rssMbOf(pid).now;
  await sleep(settleMs);
  return { cpuMs: cpuMsOf(pid) - beforeMs, requests: good, p50Ms, p95Ms, p99Ms, rssMb };
}

/** CPU is a mean, not a median: an export of metrics falls into some turns only, and belongs to the cost. */
function figuresOf(turns: readonly Turn[]): Omit<SteadyFigures, 'peakRssMb' | 'deliveredAtRate'> {
  const sum = (value: (turn: Turn) => number) => turns.reduce((total, turn) => total + value(turn), 0);
  const middle = (value: (turn: Turn) => number) => median(turns.map(value));
  return {
    cpuMicrosPerRequest: (sum((it) => it.cpuMs) / sum((it) => it.requests)) * 1000,
    p50Ms: middle((it) => it.p50Ms),
    p95Ms: middle((it) => it.p95Ms),
    p99Ms: middle((it) => it.p99Ms),
    rssMb: turns.at(-1)!.rssMb,
  };
}
