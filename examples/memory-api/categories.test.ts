import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import { says } from './embeddings/test-provider.ts';
import { type Answer, type Ask, askHttp } from './http/test-http.ts';
import { embeds, startAround, type TestAround } from './test-around.ts';
import { errorFields } from './test-error-fields.ts';
import { startService, type TestService } from './test-process.ts';
import { until } from './test-servers.ts';

/* Every category of errors, made to happen to the process as it runs everywhere. */

const { runs, titled } = await needs('postgres', 'redis');
const api = '/api/v1/memories';

let around: TestAround;
let service: TestService;
let key: string;

beforeAll(async () => {
  if (!runs) return;
  around = await startAround();
  key = await around.issue('ada');
  service = await startService({ ...around.settings, RETRY_ATTEMPTS: '1', BREAKER_FAILURES: '10' });
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await around?.[Symbol.asyncDispose]();
});

const ask = (path: string, given: Ask = {}): Promise<Answer> =>
  askHttp(service.url + path, { key, ...given });
const memory = { user_id: 'ada', kind: 'fact', content: 'The kettle is red' };
const search = () =>
  ask(`${api}/search`, { body: { user_id: 'ada', query: randomUUID(), require_meaning: true } });

async function createTwice(second: object): Promise<Answer> {
  const id = randomUUID();
  expect((await ask(api, { body: { ...memory, id } })).status).toBe(201);
  return ask(api, { body: { ...memory, id, ...second } });
}

/** A migration by hand that nobody told the service of. */
async function withForeignColumn(): Promise<Answer> {
  await around.pool.query('alter table memories alter column created_at type text');
  try {
    return await ask(api, { body: memory });
  } finally {
    await around.pool.query(
      'alter table memories alter column created_at type timestamptz using created_at::timestamptz',
    );
  }
}

async function withoutDatabase(): Promise<Answer> {
  await around.links.PostgreSQL.refuse();
  try {
    return await ask(`${api}/${randomUUID()}`);
  } finally {
    await around.links.PostgreSQL.heal();
  }
}

async function withProvider(behaviour: Parameters<TestAround['provider']['behaves']>[0]): Promise<Answer> {
  around.provider.behaves(behaviour);
  try {
    return await search();
  } finally {
    around.provider.behaves(embeds);
  }
}

async function withoutProvider(): Promise<Answer> {
  await around.links.embeddings.refuse();
  try {
    return await search();
  } finally {
    await around.links.embeddings.heal();
  }
}

/** Stays open, so it comes last. */
async function withOpenBreaker(): Promise<Answer> {
  around.provider.behaves(says(500));
  let answer: Answer;
  await until(async () => {
    answer = await search();
    return answer.body.error.error_code === 'CIRCUIT_BREAKER_OPEN';
  });
  return answer!;
}

type Row = readonly [
  category: string,
  status: number,
  code: string,
  severity: string,
  recoverable: boolean,
  cause: string,
  happens: () => Promise<Answer>,
];

const rows: Row[] = [
  [
    'validation',
    400,
    'VALIDATION_FAILED',
    'low',
    false,
    'no such kind',
    () => ask(api, { body: { ...memory, kind: 'x' } }),
  ],
  [
    'authentication',
    401,
    'AUTHENTICATION_FAILED',
    'medium',
    false,
    'a wrong key',
    () => ask(api, { key: 'wrong' }),
  ],
  ['authorization', 403, 'NOT_ALLOWED', 'medium', false, 'another user', () => ask(`${api}?user_id=bob`)],
  ['not_found', 404, 'NOT_FOUND', 'low', false, 'an unknown id', () => ask(`${api}/${randomUUID()}`)],
  [
    'conflict',
    409,
    'CONFLICT',
    'low',
    false,
    'an id that is taken',
    () => createTwice({ content: 'It is blue' }),
  ],
  ['internal', 500, 'INTERNAL_ERROR', 'critical', false, 'an unexpected column', withForeignColumn],
  [
    'external',
    502,
    'DEPENDENCY_FAILED',
    'high',
    true,
    'nonsense of the provider',
    () => withProvider(says(200, 'tea?')),
  ],
  [
    'external',
    502,
    'DEPENDENCY_FAILED',
    'high',
    true,
    'a refusal of the provider',
    () => withProvider(says(401)),
  ],
  ['network', 503, 'DEPENDENCY_UNREACHABLE', 'high', true, 'no provider', withoutProvider],
  ['database', 503, 'DATABASE_UNAVAILABLE', 'high', true, 'no PostgreSQL', withoutDatabase],
  ['network', 503, 'CIRCUIT_BREAKER_OPEN', 'high', true, 'a provider left alone', withOpenBreaker],
];

describe.runIf(runs)(titled('the categories of errors'), () => {
  it.each(rows)(
    '%s is %i %s (%s, recoverable: %s): %s',
    async (category, status, code, severity, recoverable, _, happens) => {
      const { status: got, headers, body } = await happens();
      expect(headers['content-type']).toBe('application/json; charset=utf-8');
      expect([got, Object.keys(body), Object.keys(body.error)]).toEqual([status, ['error'], errorFields]);
      const { error } = body;
      expect(error).toMatchObject({ error_code: code, category, severity, recoverable });
      for (const field of ['message', 'user_message']) expect(error[field]).toMatch(/\w+ \w+/);
      expect(error.details).toBeTypeOf('object');
      expect(new Date(error.timestamp).toISOString()).toBe(error.timestamp);
      expect(JSON.stringify(body), 'what happened inside').not.toMatch(
        /toISOString|memories_|tea\?|127\.0\.0\.1|\.ts\b/,
      );
    },
  );

  it('is all of them', () => {
    expect(new Set(rows.map(([category]) => category)).size).toBe(9);
  });

  it('a create that is sent again with its id is the same memory, also when that was known not to exist', async () => {
    const id = randomUUID();
    expect((await ask(`${api}/${id}`)).status).toBe(404);
    const body = { ...memory, id: id.toUpperCase(), metadata: { b: [1, { c: null }], a: 0.5 } };
    const answers = [await ask(api, { body }), await ask(api, { body })];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers[1]!.body).toEqual(answers[0]!.body);
    expect((await ask(`${api}/${id}`)).body).toEqual(answers[0]!.body);
  });

  it("a create with the id of another user's memory changes nothing and shows nothing of it", async () => {
    const id = randomUUID();
    const theirs = { user_id: 'bob', kind: 'fact', content: 'a secret of Bob', id };
    const bob = await around.issue('bob');
    expect((await ask(api, { key: bob, body: theirs })).status).toBe(201);
    const refused = await ask(api, { body: { ...theirs, user_id: 'ada' } });
    expect([refused.status, refused.body.error.details]).toEqual([409, {}]);
    expect((await ask(`${api}/${id}`, { key: bob })).body.data).toMatchObject(theirs);
  });
});
