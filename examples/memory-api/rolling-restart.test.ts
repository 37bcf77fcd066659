import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { type Answer, type Ask, askHttp } from './http/test-http.ts';
import { startAround, type TestAround } from './test-around.ts';
import { startBalancer, type TestBalancer } from './test-balancer.ts';
import { startService, type TestService } from './test-process.ts';
import { freePort, until } from './test-servers.ts';

/* Processes are replaced by their successors, two at a time, while others use the service through a balancer. */

const { runs, titled } = await needs('postgres', 'redis');
const api = '/api/v1/memories';
const users = 4;
/** After the first. */
const generations = 2;

let around: TestAround;
let balancer: TestBalancer;

beforeAll(async () => {
  if (!runs) return;
  around = await startAround();
  balancer = await startBalancer();
});
afterAll(async () => {
  await balancer?.[Symbol.asyncDispose]();
  await around?.[Symbol.asyncDispose]();
});

/** On a port of its own: host and port name a process to the others. */
async function startReady(): Promise<TestService> {
  const service = await startService({ ...around.settings, PORT: `${await freePort()}` });
  await until(async () => (await askHttp(`${service.url}/health/ready`)).status === 200);
  return service;
}

interface Load {
  readonly acknowledged: ReadonlyMap<string, string>;
  readonly requests: () => number;
  /** What was answered otherwise than it should be. */
  readonly failed: readonly string[];
  stop(): Promise<void>;
}

/** Each user writes, reads what was written, and lists, one request after the other until it is stopped. */
function startLoad(key: string): Load {
  const acknowledged = new Map<string, string>();
  const failed: string[] = [];
  let count = 0;
  let goesOn = true;
  const ask = async (path: string, status: number, given: Ask = {}): Promise<Answer> => {
    count += 1;
    const answer = await askHttp(balancer.url + path, { key, ...given });
    if (answer.status !== status) failed.push(`${path}: ${answer.status} ${answer.bytes}`);
    return answer;
  };
  const use = async (user: string) => {
    for (let n = 0; goesOn; n += 1) {
      const content = `note ${n} of ${user}`;
      const created = await ask(api, 201, { body: { user_id: user, kind: 'fact', content } });
      const id = created.body?.data?.id;
      if (id === undefined) continue;
      acknowledged.set(id, content);
      const read = await ask(`${api}/${id}`, 200);
      if (read.body?.data?.content !== content) failed.push(`${id}: ${read.bytes}`);
      const list = await ask(`${api}?user_id=${user}&limit=1`, 200);
      if (list.body?.pagination?.total !== n + 1) failed.push(`list ${n + 1} of ${user}: ${list.bytes}`);
    }
  };
  const all = Promise.all(Array.from({ length: users }, (_, at) => use(`user-${at}-${randomUUID()}`)));
  return {
    ...{ acknowledged, failed },
    requests: () => count,
    async stop() {
      goesOn = false;
      await all;
    },
  };
}

describe.runIf(runs)(titled('a rolling restart'), () => {
  it('fails no request, loses nothing that was acknowledged, and every process ends with 0', {
    timeout: 120_000,
  }, async () => {
    await using stack = new AsyncDisposableStack();
    const start = async () => {
      const service = stack.use(await startReady());
      balancer.add(service.url);
      return service;
    };
    const old = [await start(), await start()];
    const load = startLoad(await around.issue());
    for (let replaced = 0; replaced < generations * old.length; replaced += 1) {
      const before = load.requests();
      const successor = await start();
      // All of them have been asked.
      await until(() => load.requests() > before + 10 * users);
      const predecessor = old.shift()!;
      balancer.remove(predecessor.url);
      predecessor.kill('SIGTERM');
      expect(await predecessor.exited, predecessor.output().slice(-2000)).toEqual([0, null]);
      old.push(successor);
    }
    await load.stop();
    expect(load.failed).toEqual([]);

    const { rows } = await around.pool.query<{ id: string; content: string }>(
      'select id, content from memories',
    );
    expect(new Map(rows.map(({ id, content }) => [id, content]))).toEqual(load.acknowledged);
    for (const service of old) {
      service.kill('SIGTERM');
      expect(await service.exited).toEqual([0, null]);
    }
  });
});
