/** What k6 runs: the mix, one request an iteration. The same seed gives the same requests, but for what is deleted. */
import http from 'k6/http';
import { options as asPlanned, iteration, pick, plan, random, zipf } from '../../harness/load/k6.ts';
import { content, memoryId, memoryToDelete, mix, query, type Route, userId } from './mix.ts';

const { key, deletedBefore, growsForMs, open } = plan.options as {
  key: string;
  deletedBefore: number;
  growsForMs: number;
  open: boolean;
};
const { rate, duration: _, ...asBefore } = asPlanned.scenarios.load;
const closedModel = {
  executor: 'constant-vus',
  vus: plan.maxVirtualUsers,
  duration: `${plan.durationMs}ms`,
  gracefulStop: asBefore.gracefulStop,
};
const openModel = {
  ...asBefore,
  executor: 'ramping-arrival-rate',
  startRate: Math.ceil(rate / 10),
  stages: [
    { target: rate, duration: `${growsForMs}ms` },
    { target: rate, duration: `${plan.durationMs - growsForMs}ms` },
  ],
};
export const options = {
  ...asPlanned,
  discardResponseBodies: true,
  scenarios: { load: open ? openModel : closedModel },
};

const { delete: ofDeletes, ...drawn } = mix.shares;
const iterationsPerDelete = 1000 / ofDeletes;
const drawUser = zipf(mix.users, mix.exponents.users);
const drawQuery = zipf(mix.queries, mix.exponents.queries);
const drawPage = zipf(mix.pages, mix.exponents.pages);
const drawMemory = zipf(mix.popular, mix.exponents.memories);

type Draw = () => number;

const work: Record<keyof typeof drawn, (user: number, draw: Draw) => void> = {
  read: (user, draw) => ask('read', 'GET', `/${popular(user, draw)}`),
  list: (user, draw) => ask('list', 'GET', `?user_id=${userId(user)}&page=${drawPage(draw())}`),
  search: (user, draw) =>
    ask('search', 'POST', '/search', { user_id: userId(user), query: query(user, drawQuery(draw())) }),
  create: (user) => {
    const text = content(user, 1_000_000 + plan.seed * 1_000_000 + iteration());
    ask('create', 'POST', '', { user_id: userId(user), kind: 'fact', content: text });
  },
  update: (user, draw) =>
    ask('update', 'PATCH', `/${popular(user, draw)}`, { metadata: { changed: iteration() } }),
};

export default function () {
  if (iteration() % iterationsPerDelete === 0) return remove(iteration() / iterationsPerDelete);
  const draw = random(plan.seed, iteration());
  work[pick(drawn, draw())](drawUser(draw()), draw);
}

/** By turns rather than drawn, so that no two virtual users take the same. */
function remove(turn: number): void {
  const [user, n] = memoryToDelete(deletedBefore + turn);
  ask('delete', 'DELETE', `/${memoryId(user, n)}`);
}

function popular(user: number, draw: Draw): string {
  return memoryId(user, drawMemory(draw()));
}

function ask(name: Route, method: string, path: string, body?: unknown): void {
  const headers: Record<string, string> = { authorization: `Bearer ${key}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const payload = body === undefined ? null : JSON.stringify(body);
  http.request(method, `${plan.baseUrl}/api/v1/memories${path}`, payload, {
    headers,
    tags: { name },
  });
}
