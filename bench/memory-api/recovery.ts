import { setTimeout as wait } from 'node:timers/promises';
import type { Bench, Place } from './bench.ts';
import { FailingProvider } from './failing-provider.ts';
import type { Recovery } from './figures.ts';
import { mix, userId } from './mix.ts';
import { startService } from './service.ts';

const shareThatFails = 0.2;
const callsPerSecond = 25;

/**
 * Searches while a fifth of the tries at the provider of embeddings fail, each for a text that was never asked for. One
 * that was hit counts as recovered when its answer is that of a search by meaning; else it says `degraded`, or failed.
 */
export async function measureRecovery(bench: Bench, place: Place, calls: number): Promise<Recovery> {
  await using provider = await FailingProvider.start(shareThatFails, 1);
  await using service = await startService(bench, place, { EMBEDDINGS_URL: provider.url });
  const good = new Set<string>();
  const search = async (n: number) => {
    const query = `what nobody has asked for yet, number ${n}`;
    const answer = await fetch(`${service.baseUrl}/api/v1/memories/search`, {
      method: 'POST',
      headers: { authorization: `Bearer ${place.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ user_id: userId(2 + (n % (mix.users - 1))), query }),
      signal: AbortSignal.any([bench.signal, AbortSignal.timeout(20_000)]),
    });
    const { degraded } = (await answer.json()) as { degraded?: boolean };
    if (answer.status === 200 && degraded === false) good.add(query);
  };
  const searches: Promise<void>[] = [];
  for (let n = 0; n < calls; n += 1) {
    // One that failed altogether is not good.
    searches.push(search(n).catch(() => {}));
    await wait(1000 / callsPerSecond, undefined, { signal: bench.signal });
  }
  await Promise.all(searches);
  const { hit, tries, failures } = provider;
  const recovered = [...hit].filter((it) => good.has(it)).length;
  // What was never tried, because the breaker was open, is a consequence of the failures too.
  return { hit: recovered + (calls - good.size), recovered, failedShare: failures / tries };
}
