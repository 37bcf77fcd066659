import { setTimeout as wait } from 'node:timers/promises';
import type { Link } from '../../harness/proxy/link.ts';
import { breakers } from '../../scenarios/memory-api/service.ts';
import { misbehave, startLoad } from './load.ts';
import type { Watched } from './memory-api.ts';

/** Whether Prometheus has an answer to a query. */
export type Sees = (query: string) => Promise<boolean>;

const mostMs = 30_000;
const everyMs = 200;

/**
 * A load, and while it goes on, one after the other, each until it can be seen in Prometheus: Redis goes away and comes
 * back; callers do what they should not; connections to PostgreSQL break, which a retry makes good; PostgreSQL goes away and comes
 * back; the provider of embeddings goes away.
 *
 * Gives how many requests the load has sent.
 *
 * @throws Error that names what was not seen
 */
export async function goThroughOutages(watched: Watched, sees: Sees): Promise<number> {
  const { links } = watched.around;
  const load = await startLoad(watched);
  try {
    await seen(
      sees,
      'count(sum by (http_request_method, http_route) (rate(http_requests_total[4s])) > 0) >= 6',
    );
    await links.Redis.refuse();
    await seen(sees, keptAway(breakers.redis));
    await links.Redis.heal();
    await seen(sees, 'dependency_breaker_open{dependency="redis"} == 0');
    await misbehave(watched);
    await seen(sees, 'rate(rate_limit_exceeded_total[4s]) > -1');
    await seen(sees, 'rate(dependency_calls_total{recovered="true"}[4s]) > 0', () =>
      hiccup(links.PostgreSQL),
    );
    await links.PostgreSQL.refuse();
    await seen(sees, keptAway(breakers.postgres));
    await links.PostgreSQL.heal();
    await seen(sees, 'dependency_breaker_open{dependency="postgres"} == 0');
    await watched.endEmbeddings();
    await seen(sees, keptAway(breakers.embeddings));
  } finally {
    await load[Symbol.asyncDispose]();
  }
  await seen(sees, `sum(http_requests_total) >= ${load.requests()}`);
  return load.requests();
}

/** Twice in its range, so that a rate can be drawn. */
function keptAway(breaker: string): string {
  const refused = `circuit_breaker_calls_total{circuit_breaker_name="${breaker}", outcome="rejected"}`;
  return `rate(${refused}[4s]) > 0`;
}

/** What is asked at that moment fails, and goes well when it is asked again. */
async function hiccup(link: Link): Promise<void> {
  await link.refuse();
  await link.heal();
}

async function seen(sees: Sees, query: string, meanwhile = async () => {}): Promise<void> {
  const deadlineMs = Date.now() + mostMs;
  while (!(await sees(query))) {
    if (Date.now() > deadlineMs) throw new Error(`not seen in Prometheus within ${mostMs} ms: ${query}`);
    await meanwhile();
    await wait(everyMs);
  }
}
