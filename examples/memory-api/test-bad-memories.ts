import type { BadInput, Target } from './http/test-bad-input.ts';
import type { Ask } from './http/test-http.ts';

const someId = '/00000000-0000-4000-8000-00000000beef';
const wholeFloat = '1e999';

/** For `testBadInput`: what only the routes of memories can be asked, and must never reach the database. */
export const badMemories: readonly BadInput[] = [
  ...lists('a limit of 0', 'limit=0', /querystring\.limit.*>= 1/),
  ...lists('a limit of 10 million', 'limit=10000000', /querystring\.limit.*<= 100/),
  ...lists('a limit below 0', 'limit=-1', /querystring\.limit.*>= 1/),
  ...lists('a limit that is no whole number', 'limit=1.5', /querystring\.limit.*integer/),
  ...lists('a limit that is empty', 'limit=', /querystring\.limit.*integer/),
  ...lists('two limits', 'limit=1&limit=2', /querystring\.limit.*integer/),
  ...lists('page 0', 'page=0', /querystring\.page.*>= 1/),
  ...lists('page Infinity', 'page=Infinity', /querystring\.page.*integer/),
  ...lists('page 1,000,001', 'page=1000001', /querystring\.page.*<= 1000000/),
  ...lists('a page of 400 digits', `page=${'9'.repeat(400)}`, /querystring\.page.*integer/),
  ...lists('an unknown kind', 'kind=hunch', /querystring\.kind.*fact, intervention, reflection/),
  ...lists('an unknown field', 'order=id', /querystring\.order/),

  ...searches('a limit of 0', { limit: 0 }, /body\.limit.*>= 1/),
  ...searches('a limit of 10 million', { limit: 10_000_000 }, /body\.limit.*<= 50/),
  ...searches('a limit below 0', { limit: -1 }, /body\.limit.*>= 1/),
  ...searches('a limit that is no whole number', { limit: 1.5 }, /body\.limit.*integer/),
  ...searches('a limit as text', { limit: '3' }, /body\.limit.*integer/),
  ...searches('no limit at all', { limit: null }, /body\.limit.*integer/),
  ...searches('no query', { query: undefined }, /body\.query/),
  ...searches('an empty query', { query: '' }, /body\.query.*character/),
  ...searches('a query of 1,001 characters', { query: 'x'.repeat(1001) }, /body\.query.*1000/),
  ...searches('a list for a query', { query: ['x'] }, /body\.query.*string/),
  ...searches('U+0000', { query: 'a\0b' }, /body\.query.*U\+0000/),
  ...searches('half of a surrogate pair', { query: 'a\ud83d' }, /body\.query.*surrogate/),
  ...searches('a text for yes or no', { require_meaning: 'yes' }, /body\.require_meaning.*boolean/),
  ...searches('an embedding of another dimension', { embedding: [0.5, 0.5] }, /body\.embedding/),
  ...searches('no user', { user_id: undefined }, /body\.user_id/),
  ...searches('another user', { user_id: 'somebody-else' }, /another user/, 403),
  ...searches('10 MB of text', { query: 'x'.repeat(10 * 1024 * 1024) }, /large/, 413),
  ...sent('searching', 'POST', '/search', {
    'no body': [undefined, /body/i],
    'no JSON': ['{"query":', /JSON/],
    NaN: ['{"user_id":"ada","query":"x","limit":NaN}', /JSON/],
    Infinity: [`{"user_id":"ada","query":"x","limit":${wholeFloat}}`, /body\.limit/],
    'broken UTF-8': [brokenText('query'), /body.*UTF-8/],
  }),
  ...withoutKey('searching', 'POST', '/search'),

  ...sent('changing', 'PATCH', someId, {
    'no body': [undefined, /body/i],
    'no JSON': ['{"content":', /JSON/],
    'a list': [[], /body.*object/],
    nothing: [{}, /body.*1 propert/],
    'an unknown field': [{ colour: 'red' }, /body\.colour/],
    'its user': [{ user_id: 'ada' }, /body\.user_id/],
    'its id': [{ id: someId.slice(1) }, /body\.id/],
    'its embedding': [{ embedding: [0.5] }, /body\.embedding/],
    'an unknown kind': [{ kind: 'hunch' }, /body\.kind.*fact, intervention, reflection/],
    'an empty text': [{ content: '' }, /body\.content.*character/],
    'too many characters': [{ content: 'x'.repeat(4001) }, /body\.content.*4000/],
    'a number for a text': [{ content: 5 }, /body\.content.*string/],
    'U+0000': [{ content: 'a\0b' }, /body\.content.*U\+0000/],
    'half of a surrogate pair': [{ content: 'a\ud83d' }, /body\.content.*surrogate/],
    'broken UTF-8': [brokenText('content'), /body.*UTF-8/],
    'metadata that is a list': [{ metadata: [] }, /body\.metadata.*object/],
    'metadata of 9 levels': [{ metadata: nested(9) }, /body\.metadata.*8 levels/],
    'metadata of 17 KB': [{ metadata: { a: 'x'.repeat(17_000) } }, /body\.metadata.*16384 bytes/],
    'metadata with Infinity': [`{"metadata":{"a":${wholeFloat}}}`, /body\.metadata\.a.*finite/],
    'metadata with NaN': ['{"metadata":{"a":NaN}}', /JSON/],
  }),
  ...asks('changing: 10 MB of text', someId, 413, /large/, () => ({
    method: 'PATCH',
    body: { content: 'x'.repeat(10 * 1024 * 1024) },
  })),
  ...badIds('changing', 'PATCH', { content: 'x' }),
  ...withoutKey('changing', 'PATCH', someId),

  ...badIds('deleting', 'DELETE'),
  ...withoutKey('deleting', 'DELETE', someId),
  ...asks('deleting: all', '', 405, /methods POST, GET.*got DELETE/, () => ({ method: 'DELETE' })),

  ...asks('creating: an embedding of another dimension', '', 400, /body\.embedding/, ({ body }) => ({
    body: { ...body, embedding: [0.5, 0.5] },
  })),
];

/** With the good key. */
function asks(
  name: string,
  path: string,
  status: number,
  says: RegExp,
  ask: (target: Target) => Ask,
): BadInput[] {
  return [{ name, path, ask: (target) => ({ key: target.key, ...ask(target) }), status, says }];
}

function lists(name: string, query: string, says: RegExp): BadInput[] {
  return asks(`listing: ${name}`, `?user_id=ada&${query}`, 400, says, () => ({}));
}

function searches(name: string, given: object, says: RegExp, status = 400): BadInput[] {
  return asks(`searching: ${name}`, '/search', status, says, ({ user }) => ({
    body: { user_id: user, query: 'x', ...given },
  }));
}

function sent(
  what: string,
  method: string,
  path: string,
  bodies: Readonly<Record<string, readonly [body: unknown, says: RegExp]>>,
): BadInput[] {
  return Object.entries(bodies).flatMap(([name, [body, says]]) =>
    asks(`${what}: ${name}`, path, 400, says, () => ({ method, body })),
  );
}

function badIds(what: string, method: string, body?: object): BadInput[] {
  const ask = () => ({ method, ...(body && { body }) });
  return [
    ...asks(`${what}: an id that is none`, '/42', 400, /params\.id.*uuid/, ask),
    ...asks(`${what}: an id that is SQL`, "/1'%20or%20'1'='1", 400, /params\.id.*uuid/, ask),
    ...asks(`${what}: an id with U+0000`, '/%00', 400, /params\.id/, ask),
    ...asks(`${what}: an id of broken UTF-8`, '/%ff', 400, /url/i, ask),
    ...asks(`${what}: an id of 500 characters`, `/${'x'.repeat(500)}`, 400, /params.*an id/, ask),
  ];
}

function withoutKey(what: string, method: string, path: string): BadInput[] {
  const says = /valid API key: Authorization: Bearer/;
  const wrong = { 'no key': {}, 'a key that is none': { key: 'secret' } };
  return Object.entries(wrong).map(([name, key]) => ({
    ...{ name: `${what}: ${name}`, path, status: 401, says },
    ask: () => ({ method, ...key }),
  }));
}

function brokenText(field: string): Buffer {
  return Buffer.concat([Buffer.from(`{"${field}":"`), Buffer.from([0xff]), Buffer.from('"}')]);
}

function nested(levels: number): object {
  return levels === 0 ? {} : { a: nested(levels - 1) };
}
