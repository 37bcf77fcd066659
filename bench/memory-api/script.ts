/** What k6 runs: the mix, one request an iteration. The same seed gives the same requests. */
import http from 'k6/http';
import { options as asPlanned, iteration, pick, plan, random, zipf } from '../../harness/load/k6.ts';
import { content, memoryId, mix, query, type Route, userId } from './mix.ts';

/** Only of what was created is an answer read. */
export const options = { ...asPlanned, discardResponseBodies: true };

const { key } = plan.options as { key: string };
const drawUser = zipf(mix.users, mix.exponents.users);
const drawQuery = zipf(mix.queries, mix.exponents.queries);
const drawPage = zipf(mix.pages, mix.exponents.pages);
const drawMemory = zipf(mix.popular, mix.exponents.memories);

/** What this virtual user has made, to be deleted by it. */
const created: string[] = [];

type Draw = () => number;

const work: Record<Route, (user: number, draw: Draw) => void> = {
  read: (user, draw) => void ask('read', 'GET', `/${popular(user, draw)}`),
  list: (user, draw) => void ask('list', 'GET', `?user_id=${userId(user)}&page=${drawPage(draw())}`),
  search: (user, draw) =>
    void ask('search', 'POST', '/search', { user_id: userId(user), query: query(user, drawQuery(draw())) }),
  create: (user) => {
    const text = content(user, 1_000_000 + plan.seed * 1_000_000 + iteration());
    const answer = ask('create', 'POST', '', { user_id: userId(user), kind: 'fact', content: text });
    if (answer.status === 201) created.push((answer.json('data.id') as string) ?? '');
  },
  update: (user, draw) =>
    void ask('update', 'PATCH', `/${popular(user, draw)}`, { metadata: { changed: iteration() } }),
  delete: (user, draw) => {
    const id = created.pop();
    if (id === undefined) return work.create(user, draw);
    ask('delete', 'DELETE', `/${id}`);
  },
};

export default function () {
  const draw = random(plan.seed, iteration());
  work[pick(mix.shares, draw())](drawUser(draw()), draw);
}

function popular(user: number, draw: Draw): string {
  return memoryId(user, drawMemory(draw()));
}

function ask(name: Route, method: string, path: string, body?: unknown) {
  const headers: Record<string, string> = { authorization: `Bearer ${key}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const payload = body === undefined ? null : JSON.stringify(body);
  return http.request(method, `${plan.baseUrl}/api/v1/memories${path}`, payload, {
    headers,
    responseType: name === 'create' ? 'text' : 'none',
    tags: { name },
  });
}
