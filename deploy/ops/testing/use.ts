import type { Place } from './place.ts';

/** What the users of a service do, and what they should not: reads, searches, writes, mistakes, a wrong key, probes. */
export async function useService(
  { service, key }: Pick<Place, 'service' | 'key'>,
  rounds: number,
): Promise<void> {
  const ask = async (path: string, init: RequestInit = {}, given = key) => {
    const headers = { authorization: `Bearer ${given}`, 'content-type': 'application/json' };
    await (await fetch(service.url + path, { ...init, headers })).text();
  };
  const post = (path: string, body: unknown) => ask(path, { method: 'POST', body: JSON.stringify(body) });
  for (let round = 0; round < rounds; round += 1) {
    const user_id = `user-${1 + (round % 5)}`;
    await Promise.all([
      ask(`/api/v1/memories?user_id=${user_id}&limit=5`),
      post('/api/v1/memories/search', { user_id, query: `swimming in winter ${round % 3}` }),
      post('/api/v1/memories', { user_id, kind: 'fact', content: `written in round ${round}` }),
      ask('/api/v1/memories/00000000-0000-4000-8000-ffffffffffff'),
      ask('/api/v1/memories/nonsense'),
    ]);
  }
  await ask(`/api/v1/memories/${encodeURIComponent("' or 1=1 --")}`);
  for (let attempt = 0; attempt < 6; attempt += 1)
    await ask('/api/v1/memories?user_id=user-1', {}, 'mem_wrong');
}
