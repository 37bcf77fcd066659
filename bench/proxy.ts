import { startRedis } from '../harness/proxy/fixtures/redis.ts';
import { Client } from './proxy/client.ts';
import { type Contestant, direct, startLink, startToxiproxy } from './proxy/contestants.ts';
import { asJson, type Figures, figuresOf, table } from './proxy/figures.ts';

/**
 * What a link costs: GETs of 512 bytes against one real Redis, straight, over a link (which reads and counts
 * them) and over Toxiproxy, each proxy in a process of its own.
 *
 * 1. Start Redis and the contestants.
 * 2. Warm each of them up.
 * 3. In turns, so that all see the same machine: latency over one connection, then requests/s over 16.
 * 4. Print.
 */
const rounds = 6;
const latencyForMs = 300;
const rateForMs = 400;
const rateConnections = 16;

await using stack = new AsyncDisposableStack();
const redis = stack.use(await startRedis());
const contestants: Contestant[] = [direct(redis.port), stack.use(await startLink(redis.port))];
const toxiproxy = await startToxiproxy(redis.port, process.env);
if (toxiproxy) contestants.push(stack.use(toxiproxy));
else console.log('toxiproxy is left out: no TOXIPROXY_BIN, and no toxiproxy-server on the PATH');

const measured = new Map<string, { latenciesMs: number[]; answers: number }>();
for (const contestant of contestants) {
  await measure(contestant, 200, 200);
  measured.set(contestant.name, { latenciesMs: [], answers: 0 });
}
for (let round = 0; round < rounds; round++) {
  for (const contestant of contestants) {
    const { latenciesMs, answers } = await measure(contestant, latencyForMs, rateForMs);
    const sum = measured.get(contestant.name)!;
    for (const it of latenciesMs) sum.latenciesMs.push(it);
    sum.answers += answers;
  }
}

const results = new Map<string, Figures>();
for (const [name, it] of measured)
  results.set(name, figuresOf(it.latenciesMs, it.answers, rounds * rateForMs));
console.log(table(results));
console.log(asJson(results));

async function measure(contestant: Contestant, oneForMs: number, manyForMs: number) {
  const one = await Client.connect(contestant.port, 1);
  const latenciesMs = await one.ask(oneForMs);
  one.close();
  const many = await Client.connect(contestant.port, rateConnections);
  const answers = (await many.ask(manyForMs)).length;
  many.close();
  return { latenciesMs, answers };
}
