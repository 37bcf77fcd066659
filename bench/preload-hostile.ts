import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Accounts, isSettled, readAccounts, signals } from '../instrumentation/testing/account.ts';
import { startDependencies } from '../instrumentation/testing/dependencies.ts';
import { buildPreload } from './preload/built.ts';
import { splitCores } from './preload/cores.ts';
import { addresses } from './preload/hostile/modes.ts';
import { readHostilePlan } from './preload/hostile/plan.ts';
import { hostileTable, type Row } from './preload/hostile/table.ts';
import { Target, type TargetSpec } from './preload/hostile/target.ts';
import { HostileSink, type Taken } from './preload/hostile-sink.ts';
import { Load } from './preload/load/load.ts';
import { writeMemories } from './preload/memories.ts';

/**
 * What the preload survives: a service under 300 requests/s, 900 spans/s and 1,000 lines/s, while the receiver of its
 * telemetry goes through everything that a receiver can do.
 *
 * 1. A healthy receiver: what the memory is held against.
 * 2. Each mode, switched on and off again, in the same process; all together as long as the run is told, and the heap is
 *    watched through all of it.
 * 3. Loki away for a tenth of that, at most a minute: no line may be lost.
 * 4. Everything that can be delivered has been: produced = delivered + dropped, and delivered is what was taken.
 * 5. Addresses that never work, each with a process of its own.
 * 6. Print; fail when a rule was broken.
 */
const mostRssAddedMb = 64;
const mostHeapMbPerMinute = 1;
/** The preload tries again after at most a minute, whatever it was told. */
const longestSettleMs = 120_000;

const plan = readHostilePlan(process.argv.slice(2));
const preloadFile = plan.preloadFile ?? buildPreload();
const cores = splitCores();
await using stack = new AsyncDisposableStack();
const { env: dependencies } = stack.use(await startDependencies());
await writeMemories(dependencies);
const sink = stack.use(await HostileSink.start());
const load = stack.use(new Load());
const spec: TargetSpec = { preloadFile, dependencies, cores, load, url: sink.url };
const broken: string[] = [];
const rows: Row[] = [];

const target = stack.use(await Target.start(spec));
const healthy = await target.endure('healthy', plan.healthyMs, 0, async () => {});
note(healthy);
target.watcher.forgetHeap();
for (const mode of plan.modes)
  note(await target.endure(mode, plan.onMs, plan.offMs, (on) => sink.turn(on ? mode : undefined)));
const heapMbPerMinute = target.watcher.heapMbPerMinute;

const outage = await target.endure(
  `Loki refuses for ${(plan.lokiOutageMs / 1000).toFixed(0)} s`,
  plan.lokiOutageMs,
  plan.offMs,
  (on) => sink.turn(on ? '503' : undefined, '/loki/'),
);
note(outage);
const lostInOutage = outage.after.logs.dropped - outage.before.logs.dropped;
rule(lostInOutage === 0, `an outage of Loki may lose no line, lost ${lostInOutage}`);

const { accounts, taken } = await settle();
checkAccounts(accounts, taken);
rule(
  heapMbPerMinute !== undefined && heapMbPerMinute < mostHeapMbPerMinute,
  heapMbPerMinute === undefined
    ? 'the heap was not seen often enough to tell whether it grows'
    : `the heap may gain less than ${mostHeapMbPerMinute} MB a minute, gained ${heapMbPerMinute.toFixed(2)}`,
);
rule(await target.end(), 'the service did not end by itself after SIGTERM');

for (const [name, address] of Object.entries(addresses)) {
  await using lost = await Target.start({ ...spec, url: address(sink.url) });
  note(await lost.endure(name, plan.addressMs, 0, async () => {}));
  rule(await lost.end(), `${name}: the service did not end by itself after SIGTERM`);
}

console.log(hostileTable(rows));
console.log(
  `heap: ${heapMbPerMinute === undefined ? 'not seen often enough' : `${heapMbPerMinute.toFixed(2)} MB a minute`}`,
);
for (const signal of signals) {
  const { produced, delivered, dropped } = accounts[signal];
  console.log(`${signal}: ${produced} produced = ${delivered} delivered + ${dropped} dropped`);
}
for (const sentence of broken) console.log(`not met: ${sentence}`);
console.log(
  JSON.stringify({
    bench: 'preload-hostile',
    modes: Object.fromEntries(
      rows.map(({ name, failed, mostRssMb }) => [name, { failed, mostRssMb: Math.round(mostRssMb) }]),
    ),
    failed: rows.reduce((sum, it) => sum + it.failed, 0),
    rssAddedMb: Math.round(Math.max(...rows.map((it) => it.mostRssMb)) - healthy.mostRssMb),
    heapMbPerMinute: heapMbPerMinute ?? null,
    lostInLokiOutage: lostInOutage,
    accounts,
    broken,
  }),
);
if (broken.length > 0) process.exitCode = 1;

function note(row: Row): void {
  rows.push(row);
  rule(row.failed === 0, `${row.name}: no request may fail, ${row.failed} did`);
  const addedMb = row.mostRssMb - rows[0]!.mostRssMb;
  rule(
    addedMb <= mostRssAddedMb,
    `${row.name}: RSS may be ${mostRssAddedMb} MB above the healthy run, was ${addedMb.toFixed(0)}`,
  );
}

function rule(met: boolean, sentence: string): void {
  if (!met) broken.push(sentence);
}

/** Metrics are recorded all the time: a moment is waited for at which nothing waits and nothing is under way. */
async function settle(): Promise<{ accounts: Accounts; taken: Taken }> {
  for (const deadlineMs = performance.now() + longestSettleMs; ; await sleep(100)) {
    const accounts = await readAccounts(target.pagePort);
    const taken = await sink.counts();
    const still = isDeepStrictEqual(await readAccounts(target.pagePort), accounts);
    if ((isSettled(accounts) && still) || performance.now() > deadlineMs) return { accounts, taken };
  }
}

/** What began to be answered with 200 may count as delivered or not. */
function checkAccounts(accounts: Accounts, { taken, doubtful }: Taken): void {
  const kinds = { traces: 'spans', metrics: 'points', logs: 'lines' } as const;
  for (const signal of signals) {
    const { produced, delivered, dropped } = accounts[signal];
    rule(
      produced === delivered + dropped,
      `${signal}: ${produced} produced, but ${delivered} delivered and ${dropped} dropped`,
    );
    const [least, most] = [taken[kinds[signal]], taken[kinds[signal]] + doubtful[kinds[signal]]];
    rule(
      least <= delivered && delivered <= most,
      `${signal}: ${delivered} said to be delivered, ${least} to ${most} arrived`,
    );
  }
}
