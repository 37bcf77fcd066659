/** k6 script of the memory API: a seeded mix of reads with Zipf popularity, writes, lists and searches. */
import { check } from 'k6';
import { iteration, options, pick, plan, random, recordWrite, send, zipf } from '../../harness/load/k6.ts';

export { options };

interface Options {
  /** Names of requests by their share. `search-new` asks what nobody asked before, so that no cache has its embedding. */
  mix: Partial<Record<Kind, number>>;
  popularity: { memories: number; exponent: number };
  users: number;
}
type Kind = 'read' | 'create' | 'list' | 'search' | 'search-new';
const { mix, popularity, users } = plan.options as unknown as Options;
const popular = zipf(popularity.memories, popularity.exponent);
const kinds = ['fact', 'intervention', 'reflection'];
const words = ['morning', 'coffee', 'garden', 'meeting', 'walk', 'letter', 'music', 'rain', 'bread', 'train'];

export default function () {
  const draw = random(plan.seed, iteration());
  const requests = {
    read: () => send('read', 'GET', `/api/v1/memories/${seededId(popular(draw()))}`),
    create: () => create(draw),
    list: () => send('list', 'GET', `/api/v1/memories?user_id=${user(draw)}&page=1&limit=20`),
    search: () => search('search', draw, `${word(draw)} ${word(draw)}`),
    'search-new': () => searchNew(draw),
  };
  requests[pick(mix as Record<Kind, number>, draw())]();
}

/** The id that the seed gives its n-th memory. */
function seededId(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

function user(draw: () => number): string {
  return `user-${1 + Math.floor(draw() * users)}`;
}

function word(draw: () => number): string {
  return words[Math.floor(draw() * words.length)] as string;
}

function create(draw: () => number): void {
  const user_id = user(draw);
  const kind = kinds[Math.floor(draw() * kinds.length)];
  const content = `${word(draw)} ${word(draw)} ${word(draw)}, written by request ${plan.seed}-${iteration()}`;
  const answer = send('create', 'POST', '/api/v1/memories', { user_id, kind, content });
  const id = answer.status === 201 ? (answer.json('data.id') as string) : undefined;
  recordWrite(answer, content, id);
}

function search(name: Kind, draw: () => number, query: string) {
  return send(name, 'POST', '/api/v1/memories/search', { user_id: user(draw), query, limit: 5 });
}

/** A search says by what it found: by meaning, or, degraded, by words. */
function searchNew(draw: () => number): void {
  const answer = search('search-new', draw, `${word(draw)} note ${plan.seed}-${iteration()}`);
  const degraded = answer.status === 200 ? answer.json('degraded') : undefined;
  check(answer, {
    'finds by meaning': () => degraded === false,
    'says that it is degraded': () => degraded === true,
  });
}
