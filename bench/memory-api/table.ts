import { ratePerSecond, shareOfHighest } from './bench.ts';
import type { Figures, MemoryFigures, StoreFigures } from './figures.ts';
import { queryShare } from './figures.ts';
import { routes } from './mix.ts';
import { responseTimeShare, statementsShare } from './musts.ts';

/** Tables in Markdown, as they stand in docs/memory-api.md. */
export function tables({ stores, recovery }: Figures): string {
  return [
    `P95 in ms at ${ratePerSecond} requests/s, by route, of so many samples:`,
    '',
    table(
      ['', ...routes],
      stores.map(({ store, p95Ms, samples }) => [
        store,
        ...routes.map((route) => `${p95Ms[route].toFixed(1)} (${samples[route]})`),
      ]),
    ),
    '',
    table(
      [
        '',
        'hit rate',
        'statements a request',
        'without cache',
        `mean ms at ${ratePerSecond}/s`,
        'without cache',
        'query time with indexes',
      ],
      stores.map((it) => [
        it.store,
        percent(it.hitRate),
        it.statementsPerRequest.withCache.toFixed(2),
        `${it.statementsPerRequest.without.toFixed(2)} (${percent(statementsShare(it))})`,
        it.meanMs.withCache.toFixed(1),
        `${it.meanMs.without.toFixed(1)} (${percent(it.meanMs.withCache / it.meanMs.without)})`,
        percent(queryShare(it)),
      ]),
    ),
    '',
    `At ${Math.round(shareOfHighest * 100)} % of the highest rate that it carries without the cache:`,
    '',
    table(
      ['', 'requests/s', 'mean ms', 'without cache'],
      stores.map((it) => [
        it.store,
        String(it.busy.ratePerSecond),
        it.busy.meanMs.withCache.toFixed(1),
        `${it.busy.meanMs.without.toFixed(1)} (${percent(responseTimeShare(it))})`,
      ]),
    ),
    '',
    ...stores.flatMap((it) => [queriesOf(it), '']),
    ...growthOf(stores),
    `Of ${recovery.hit} searches that were hit, while ${percent(recovery.failedShare)} of the provider's answers were failures, ${percent(recovery.recovered / recovery.hit)} were recovered.`,
  ].join('\n');
}

function growthOf(stores: readonly StoreFigures[]): string[] {
  const watched = stores.flatMap(({ store, memory }) => (memory ? [{ store, ...memory }] : []));
  if (watched.length === 0) return [];
  return [
    'Memory, when it was warm and at the end:',
    '',
    table(
      ['', 'RSS at first', 'at the end', 'slope', 'requests'],
      watched.map(({ store, ...memory }) => [store, ...growth(memory)]),
    ),
    '',
  ];
}

/** Four cells. */
export function growth({ rssMb: [first, last], rssMbPerMinute, ...sent }: MemoryFigures): string[] {
  const { requests, failed, dropped } = sent;
  return [
    `${Math.round(first)} MB`,
    `${Math.round(last)} MB`,
    `${rssMbPerMinute.toFixed(2)} MB a minute`,
    `${requests}, ${failed || 'none'} failed, ${dropped || 'none'} not sent in time`,
  ];
}

function queriesOf({ store, queries }: StoreFigures): string {
  return table(
    [`statement (${store})`, 'ms', 'by', 'ms without indexes', 'by'],
    queries.map((it) => [
      it.what,
      it.withIndexMs.toFixed(2),
      it.plan,
      it.withoutIndexMs.toFixed(2),
      it.planWithout,
    ]),
  );
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(titles), `|${'---|'.repeat(titles.length)}`, ...rows.map(line)].join('\n');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
