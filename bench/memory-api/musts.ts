import { ratePerSecond } from './bench.ts';
import {
  type Figures,
  lostShares,
  type MemoryFigures,
  type QueryFigures,
  queryShare,
  type StoreFigures,
} from './figures.ts';
import { routes } from './mix.ts';

export const most = {
  p95Ms: 200,
  failedShare: 0,
  /** As in a run: what k6 could not send was not measured either. */
  droppedShare: 0.001,
  statementsShare: 0.5,
  responseTimeShare: 0.7,
  queryTimeShare: 0.5,
  rssMbPerMinute: 1,
};
/** A P95 of fewer samples is the largest of them. */
export const least = { samples: 20, hitRate: 0.8, recoveredShare: 0.8 };

/** What the memory API has to reach, held against what was measured; a sentence for each that it does not. */
export function unmet({ stores, recovery }: Figures): string[] {
  return [
    ...stores.flatMap(unmetOf),
    ...atLeast('recovered share', recovery.recovered / recovery.hit, least.recoveredShare),
  ];
}

/** Whether memory grows, under a load that was really there. */
function unmetMemory({ rssMbPerMinute, ...sent }: MemoryFigures): string[] {
  return [
    ...atMost('RSS, MB gained in a minute', rssMbPerMinute, most.rssMbPerMinute),
    ...unmetLost(lostShares(sent)).map((it) => `${it} while memory was watched`),
  ];
}

function unmetLost({
  failedShare,
  droppedShare,
}: Pick<StoreFigures, 'failedShare' | 'droppedShare'>): string[] {
  return [
    ...atMost('share of requests that failed', failedShare, most.failedShare),
    ...atMost('share of requests that were not sent in time', droppedShare, most.droppedShare),
  ];
}

export const statementsShare = ({ statementsPerRequest: { withCache, without } }: StoreFigures) =>
  withCache / without;
export const responseTimeShare = ({ busy: { meanMs } }: StoreFigures) => meanMs.withCache / meanMs.without;

function unmetOf(figures: StoreFigures): string[] {
  const { store, p95Ms, samples, hitRate, queries, memory } = figures;
  return [
    ...routes.flatMap((route) => [
      ...below(`P95 of ${route} at ${ratePerSecond} requests/s, ms`, p95Ms[route], most.p95Ms),
      ...atLeast(`samples of ${route}`, samples[route], least.samples),
    ]),
    ...unmetLost(figures),
    ...atLeast('hit rate', hitRate, least.hitRate),
    ...atMost('statements with the cache, of those without', statementsShare(figures), most.statementsShare),
    ...atMost(
      'response time with the cache, of that without',
      responseTimeShare(figures),
      most.responseTimeShare,
    ),
    ...atMost('query time with the indexes, of that without', queryShare(figures), most.queryTimeShare),
    ...queries.flatMap(unmetPlan),
    ...(memory ? unmetMemory(memory) : []),
  ].map((sentence) => `${store}: ${sentence}`);
}

/** Whatever its time: a table that is read as a whole takes longer with every memory. */
function unmetPlan({ what, plan }: QueryFigures): string[] {
  if (plan !== '' && !plan.includes('Seq Scan')) return [];
  return [`plan of ${what} with the indexes: has to be without Seq Scan, was ${plan || 'not known'}`];
}

/* What could not be measured (NaN) is not met. */

function below(what: string, was: number, limit: number): string[] {
  return was < limit ? [] : [`${what}: has to be below ${limit}, was ${round(was)}`];
}

function atMost(what: string, was: number, limit: number): string[] {
  return was <= limit ? [] : [`${what}: has to be at most ${limit}, was ${round(was)}`];
}

function atLeast(what: string, was: number, limit: number): string[] {
  return was >= limit ? [] : [`${what}: has to be at least ${limit}, was ${round(was)}`];
}

function round(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : 'not measured';
}
