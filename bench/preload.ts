import { loadavg } from 'node:os';
import { startDependencies } from '../instrumentation/testing/dependencies.ts';
import type { Bench } from './preload/bench.ts';
import { buildPreload } from './preload/built.ts';
import { contestants } from './preload/contestants.ts';
import { splitCores } from './preload/cores.ts';
import { asJson } from './preload/json.ts';
import { Load } from './preload/load/load.ts';
import { type Measured, measure } from './preload/measure.ts';
import { writeMemories } from './preload/memories.ts';
import { unmet } from './preload/musts.ts';
import { installPeers } from './preload/peers.ts';
import { readPlan } from './preload/plan.ts';
import { Sink } from './preload/sink.ts';
import { tables } from './preload/table.ts';

/**
 * What the preload costs a service, beside its peers: OpenTelemetry's register, dd-trace and Elastic's EDOT, and beside
 * nothing. The same two services (raw http, Fastify), each request a GET of Redis, a SELECT and a log line, everything
 * sampled, all signals on that a peer has, and a sink that counts what arrives.
 *
 * 1. Build the preload, install the peers.
 * 2. Start PostgreSQL, Redis, the sink and the load generator, on another core than the services.
 * 3. Measure each service.
 * 4. Print; fail when the preload does not reach what it has to.
 */
const plan = readPlan(process.argv.slice(2));
const preloadFile = plan.preloadFile ?? buildPreload();
installPeers();

const cores = splitCores();
if (!cores) console.log('the services share their core with everything else: no second core, or no taskset');
await using stack = new AsyncDisposableStack();
const { env: dependencies } = stack.use(await startDependencies());
await writeMemories(dependencies);
const bench: Bench = {
  plan,
  contestants: contestants(preloadFile).filter(({ name }) => plan.contestants.includes(name)),
  sink: stack.use(await Sink.start(plan.contestants)),
  load: stack.use(new Load()),
  dependencies,
  cores,
  troubles: [],
};

const measured: Measured[] = [];
for (const service of plan.services) {
  const result = await measure(bench, service);
  measured.push(result);
  console.log(tables(result));
}
for (const trouble of bench.troubles) console.log(trouble);
if (plan.contestants.includes('dd')) console.log('dd-trace adds ids to log lines, but does not ship them');
console.log(
  `load average of this machine at the end: ${loadavg()
    .map((it) => it.toFixed(1))
    .join(' ')}`,
);

const notMet = plan.complete ? measured.flatMap(unmet) : undefined;
for (const sentence of notMet ?? []) console.log(`not met: ${sentence}`);
console.log(asJson(measured, notMet));
if (notMet && notMet.length > 0) process.exitCode = 1;
