import { describe, expect, it } from 'vitest';
import { errorFields } from '../test-error-fields.ts';
import { type Ask, askHttp } from './test-http.ts';

/** A service to which bad input is sent. */
export interface Target {
  base: string;
  /** A good key of the user `user`. */
  key: string;
  user: string;
  /** Where things are created by POST, listed by GET with `user_id`, and read by GET with `/<id>`. */
  path: string;
  /** A body that is created, with `user_id` and the text `content`; `metadata` may be any object. */
  body: Readonly<Record<string, unknown>>;
  /** How many statements PostgreSQL was given until now. */
  statements(): Promise<number>;
}

export interface BadInput {
  name: string;
  /** After the path of the target, such as `/42` or `?page=0`. */
  path?: string;
  ask: (target: Target) => Ask;
  status: number;
  /** What the message has to say, so that it helps. */
  says: RegExp;
  /** Of the answer; 2,000 unless told. */
  mostBytes?: number;
}

const categories: Record<number, string> = {
  400: 'validation',
  401: 'authentication',
  403: 'authorization',
  405: 'validation',
  413: 'validation',
  415: 'validation',
};

/**
 * Sends everything that must never reach the database: each is answered with its class, its status and a message that
 * helps, and costs no statement. `more` is what only this service can be asked.
 */
export function testBadInput(title: string, target: () => Target, more: readonly BadInput[] = []): void {
  describe(title, () => {
    it.each([...badInputs, ...more])('$name: $status', async (input) => {
      const { path = '', ask, status, says, mostBytes = 2000 } = input;
      const to = target();
      const wanted = ask(to);
      // The key is known from here on, so that looking it up is not counted.
      const good = await askHttp(`${to.base}${to.path}?user_id=${to.user}`, { key: to.key });
      expect(good.status, 'a good request').toBe(200);

      const before = await to.statements();
      const answer = await askHttp(to.base + to.path + path, wanted);
      expect(answer.status).toBe(status);
      expect(answer.bytes.length, 'what came is not sent back').toBeLessThan(mostBytes);
      expect(Object.keys(answer.body.error)).toEqual(errorFields);
      expect(answer.body.error).toMatchObject({ category: categories[status], recoverable: false });
      expect(answer.body.error.message).toMatch(says);
      expect(await to.statements(), 'statements').toBe(before);

      const after = await askHttp(`${to.base}${to.path}?user_id=${to.user}`, { key: to.key });
      expect(after.status, 'a good request afterwards').toBe(200);
    });
  });
}

const tenMegabytes = 10 * 1024 * 1024;

const badInputs: readonly BadInput[] = [
  ...body('no body', undefined, /body/i),
  ...body('an empty body', '', /empty/i),
  ...body('no JSON', '{"user_id":', /JSON/),
  ...body('a list', [], /body.*object/),
  ...body('a text', '"text"', /body.*object/),
  ...body('a number', '5', /body.*object/),
  ...body('null', 'null', /body.*object/),
  ...changed('NaN', 'NaN', /JSON/),
  ...changed('Infinity', '-Infinity', /JSON/),
  ...changed('a number that is too large for a float', '1e999', /body\.content/),
  ...changed('a number for a text', '5', /body\.content.*string/),
  ...changed('an object for a text', '{"$gt":""}', /body\.content.*string/),
  ...changed('an empty text', '""', /body\.content.*character/),
  ...changed('U+0000', '"a\\u0000b"', /body\.content.*U\+0000/),
  ...changed('half of a surrogate pair', '"a\\ud83d"', /body\.content.*surrogate/),
  ...changed('too many characters', `"${'x'.repeat(4001)}"`, /body\.content.*4000/),
  ...broken('broken UTF-8', [0xff]),
  ...broken('UTF-8 that ends too early', [0xe2, 0x82]),
  ...broken('UTF-8 in more bytes than needed', [0xc0, 0x80]),
  creates('an unknown field', ({ body }) => ({ body: { ...body, colour: 'red' } }), 400, /body\.colour/),
  creates('a field of all objects', ({ body }) => ({ body: polluted(body) }), 400, /__proto__/),
  {
    ...creates('6,000 unknown fields', manyFields, 400, /body\.f0: .*; and more$/),
    mostBytes: 4000,
  },
  {
    ...creates('5,500 bad numbers under a long name', manyNumbers, 400, /metadata\.n{100,}…: .*; and more$/),
    mostBytes: 15_000,
  },
  creates('a missing field', ({ body }) => ({ body: { ...body, content: undefined } }), 400, /body\.content/),
  ...metadata('a list', '[]', /body\.metadata.*object/),
  ...metadata('U+0000', '{"a":["\\u0000"]}', /body\.metadata\.a\.0.*U\+0000/),
  ...metadata('half of a surrogate pair in a name', '{"\\udc4d":1}', /body\.metadata.*surrogate/),
  ...metadata('a number that is too large for a float', '{"a":-1e999}', /body\.metadata\.a.*finite/),
  ...metadata('1,000 levels', `{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`, /levels/),
  creates('a user that is a number', ({ body }) => ({ body: { ...body, user_id: 7 } }), 400, /body\.user_id/),
  creates('a user without a name', ({ body }) => ({ body: { ...body, user_id: '' } }), 400, /body\.user_id/),
  creates('a user of 129 characters', withUser('u'.repeat(129)), 400, /body\.user_id/),
  creates('a user with a quote', withUser("ada' or '1'='1"), 400, /body\.user_id/),
  creates('a large body', withContent('x'.repeat(70_000)), 413, /large/),
  creates('10 MB of text', withContent('x'.repeat(tenMegabytes)), 413, /large/),
  creates(
    '10 MB of text in pieces',
    ({ body }) => ({
      body: { ...body, content: 'x'.repeat(tenMegabytes) },
      headers: { 'transfer-encoding': 'chunked' },
    }),
    413,
    /large/,
  ),
  creates('a form', sentAs('application/x-www-form-urlencoded'), 415, /media type/i),
  creates('plain text', sentAs('text/plain'), 415, /media type/i),
  creates(
    'a compressed body',
    ({ body }) => ({ body, headers: { 'content-encoding': 'gzip' } }),
    415,
    /Content-Encoding/,
  ),
  reads('an id that is none', '/42', 400, /params\.id.*uuid/),
  reads('an id that is SQL', "/1'%20or%20'1'='1", 400, /params\.id.*uuid/),
  reads('an id of broken UTF-8', '/%ff', 400, /url/i),
  reads('an id with U+0000', '/%00', 400, /params\.id/),
  reads('no user', '', 400, /querystring\.user_id/),
  reads('an empty user', '?user_id=', 400, /querystring\.user_id/),
  reads('two users', '?user_id=a&user_id=b', 400, /querystring\.user_id/),
  reads('a user with U+0000', '?user_id=a%00', 400, /querystring\.user_id/),
  reads('another user', '?user_id=somebody-else', 403, /another user/),
  creates('for another user', withUser('somebody-else'), 403, /another user/),
  ...badKeys('no key', () => ({})),
  ...badKeys('an empty key', () => ({ headers: { authorization: 'Bearer ' } })),
  ...badKeys('a key that is none', () => ({ key: 'secret' })),
  ...badKeys('a key with one wrong character', ({ key }) => ({ key: key.slice(0, -1) })),
  ...badKeys('a key of another scheme', ({ key }) => ({ headers: { authorization: `Basic ${key}` } })),
];

type AskOf = (target: Target) => Ask;

function creates(name: string, ask: AskOf, status: number, says: RegExp): BadInput {
  const withKey: AskOf = (target) => ({ method: 'POST', key: target.key, ...ask(target) });
  return { name: `creating: ${name}`, ask: withKey, status, says };
}

function reads(name: string, path: string, status: number, says: RegExp): BadInput {
  return { name: `reading: ${name}`, path, ask: ({ key }) => ({ key }), status, says };
}

function body(name: string, sent: unknown, says: RegExp): BadInput[] {
  return [creates(name, () => ({ body: sent }), 400, says)];
}

/** A good body in which the content is this JSON, or what is not JSON. */
function changed(name: string, content: string, says: RegExp): BadInput[] {
  return [creates(name, withJson('content', content), 400, says)];
}

function metadata(name: string, json: string, says: RegExp): BadInput[] {
  return [creates(`metadata: ${name}`, withJson('metadata', json), 400, says)];
}

function withJson(field: string, json: string): AskOf {
  return ({ body }) => ({ body: JSON.stringify({ ...body, [field]: '?' }).replace('"?"', () => json) });
}

function broken(name: string, bytes: readonly number[]): BadInput[] {
  const ask: AskOf = ({ body }) => {
    const [before, after] = JSON.stringify({ ...body, content: '?' }).split('?');
    return { body: Buffer.concat([Buffer.from(before!), Buffer.from(bytes), Buffer.from(after!)]) };
  };
  return [creates(name, ask, 400, /body.*UTF-8/)];
}

function polluted(good: Target['body']): string {
  return JSON.stringify(good).replace('{', '{"__proto__":{"admin":true},');
}

function withUser(user_id: string): AskOf {
  return ({ body }) => ({ body: { ...body, user_id } });
}

function withContent(content: string): AskOf {
  return ({ body }) => ({ body: { ...body, content } });
}

/** Each with a problem of its own, in a body that is not too large. */
function manyFields({ body }: Target): Ask {
  const unknown = Array.from({ length: 6000 }, (_, n) => [`f${n}`, 0]);
  return { body: { ...body, ...Object.fromEntries(unknown) } };
}

function manyNumbers(target: Target): Ask {
  return withJson('metadata', `{"${'n'.repeat(32_000)}":[${Array(5500).fill('1e999')}]}`)(target);
}

function sentAs(type: string): AskOf {
  return ({ body }) => ({ body, headers: { 'content-type': type } });
}

/** Also of a body that is wrong: who has no key is not told. */
function badKeys(name: string, ask: AskOf): BadInput[] {
  const says = /valid API key: Authorization: Bearer/;
  return [
    { name: `reading: ${name}`, path: '?user_id=ada', ask, status: 401, says },
    {
      name: `creating: ${name}`,
      ask: (target) => ({ method: 'POST', body: '{', ...ask(target) }),
      status: 401,
      says,
    },
  ];
}
