import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../logger.ts';
import type { CallDone } from '../resilience/call-guard.ts';
import { Deadline } from '../resilience/deadline.ts';
import { freePort } from '../test-servers.ts';
import { defaultHttpEmbedderOptions, HttpEmbedder, type HttpEmbedderOptions } from './http-embedder.ts';
import { blackHole, embeds, quickGuard, says, startProvider, vectorOf } from './test-provider.ts';

const apiKey = 'sk-very-secret';
const options = {
  ...defaultHttpEmbedderOptions,
  model: 'test-model',
  dimensions: 4,
  apiKey,
  guard: quickGuard,
};

describe('the embedder over HTTP', () => {
  it('asks in the format of OpenAI, with the key', async () => {
    await using provider = await startProvider();
    const { embedder } = create({ baseUrl: provider.baseUrl });
    expect(await embedder.embed('coffee')).toEqual(vectorOf('coffee'));
    expect(provider.asked).toEqual([
      { model: 'test-model', input: ['coffee'], dimensions: 4, encoding_format: 'float' },
    ]);
    expect(provider.headers[0]).toMatchObject({ authorization: `Bearer ${apiKey}` });
  });

  it('asks without a key and without dimensions where there is none', async () => {
    await using provider = await startProvider();
    const { embedder } = create({ baseUrl: provider.baseUrl, apiKey: undefined, askForDimensions: false });
    await embedder.embed('coffee');
    expect(provider.asked[0]).not.toHaveProperty('dimensions');
    expect(provider.headers[0]).not.toHaveProperty('authorization');
  });

  it.each(['', '/', '//'])('takes an address that ends with %j', async (end) => {
    await using provider = await startProvider();
    const { embedder } = create({ baseUrl: provider.baseUrl + end });
    expect(await embedder.embed('tea')).toEqual(vectorOf('tea'));
  });

  it('gives many in their order, in batches', async () => {
    await using provider = await startProvider();
    const { embedder } = create({ baseUrl: provider.baseUrl, batchSize: 3 });
    const texts = ['a', 'bb', 'ccc', 'dddd', 'eeeee', 'ffffff', 'ggggggg'];
    expect(await embedder.embedAll(texts)).toEqual(texts.map((text) => vectorOf(text)));
    expect(provider.asked.map(({ input }) => input.length)).toEqual([3, 3, 1]);
    expect(await embedder.embedAll([])).toEqual([]);
  });
});

const answer = (data: unknown) => says(200, { object: 'list', data });
const one = (embedding: unknown) => answer([{ index: 0, embedding }]);

describe('a provider that fails', () => {
  it.each([
    // What passes is tried three times, what does not once; what shows it to be unwell is for the breaker.
    ['answers 500', says(500), 'external', 3],
    ['answers 503', says(503), 'external', 3],
    ['answers 429', says(429), 'external', 3],
    ['answers 408', says(408), 'external', 3],
    ['answers 400', says(400), 'external', 1],
    ['answers 401, repeating the key', says(401, { error: { message: apiKey } }), 'external', 1],
    ['answers 404', says(404), 'external', 1],
    ['leads elsewhere', says(302, '', { location: 'http://127.0.0.1:1/' }), 'external', 1],
    ['answers 204', says(204), 'external', 1],
    ['answers with garbage', says(200, '<html>'), 'external', 3],
    ['answers with nothing', says(200), 'external', 3],
    ['answers with half a JSON', says(200, '{"data":[{"index":0,"embed'), 'external', 3],
    ['answers with other JSON', says(200, '[1]'), 'external', 1],
    ['answers with null', says(200, 'null'), 'external', 1],
    ['answers with no embedding', answer([]), 'external', 1],
    [
      'answers with one too many',
      answer([0, 1].map((index) => ({ index, embedding: [1, 2, 3, 4] }))),
      'external',
      1,
    ],
    ['answers with another index', answer([{ index: 1, embedding: [1, 2, 3, 4] }]), 'external', 1],
    ['answers with a dimension too few', one([1, 2, 3]), 'external', 1],
    ['answers with a dimension too many', one([1, 2, 3, 4, 5]), 'external', 1],
    ['answers with NaN', says(200, '{"data":[{"index":0,"embedding":[1,2,3,NaN]}]}'), 'external', 3],
    ['answers with "NaN"', one([1, 2, 3, 'NaN']), 'external', 1],
    ['answers with null for a number', one([1, 2, 3, null]), 'external', 1],
    ['answers with infinity', says(200, '{"data":[{"index":0,"embedding":[1,2,3,1e999]}]}'), 'external', 1],
    ['answers with what is infinite in 4 bytes', one([1, 2, 3, 1e39]), 'external', 1],
    ['says nothing', blackHole, 'network', 3],
    ['closes the connection', (response) => void response.destroy(), 'network', 3],
    [
      'closes the connection in its answer',
      (response) =>
        void response.writeHead(200, { 'content-length': '999' }).write('{"da', () => response.destroy()),
      'network',
      3,
    ],
    ['stops in its answer', (response) => void response.writeHead(200).write('{"data":['), 'network', 3],
  ] satisfies [string, Parameters<typeof startProvider>[0], string, number][])(
    'that %s',
    async (_what, behaviour, category, tries) => {
      await using provider = await startProvider(behaviour);
      const hangs = category === 'network' ? { tryTimeoutMs: 300 } : {};
      const { embedder, done, log } = create({
        baseUrl: provider.baseUrl,
        guard: { ...quickGuard, ...hangs },
      });
      const error = await embedder.embed('my secret diary').then(
        () => expect.unreachable('it gave an embedding'),
        (thrown) => thrown,
      );
      expect(error).toMatchObject({ category });
      expect([done[0]!.tries, provider.asked.length]).toEqual([tries, tries]);
      for (const shown of [inspect(error, { depth: 20 }), JSON.stringify(error.toBody()), log(error)])
        for (const secret of [apiKey, 'diary']) expect(shown).not.toContain(secret);
    },
  );

  it('that is not there', async () => {
    const { embedder, done } = create({ baseUrl: `http://127.0.0.1:${await freePort()}/v1` });
    await expect(embedder.embed('x')).rejects.toMatchObject({
      code: 'DEPENDENCY_UNREACHABLE',
      category: 'network',
    });
    expect(done).toMatchObject([{ tries: 3 }]);
  });

  it('that answers without end is cut off', async () => {
    let sentBytes = 0;
    await using provider = await startProvider((response) => {
      const chunk = ' '.repeat(16 * 1024);
      const more = () => {
        while (!response.destroyed) {
          sentBytes += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
      };
      more();
    });
    const { embedder } = create({ baseUrl: provider.baseUrl });
    await expect(embedder.embed('x')).rejects.toMatchObject({
      category: 'external',
      cause: { message: expect.stringMatching(/^it answered with more than \d+ bytes$/) },
    });
    // What it had sent when it was cut off is in the buffers of both ends.
    expect(sentBytes).toBeLessThan(32 * 1024 * 1024);
  });

  it.each([400, 401, 403, 404, 422])('with %i says nothing against its health', async (status) => {
    await using provider = await startProvider(says(status));
    const { embedder } = create({ baseUrl: provider.baseUrl });
    for (let call = 0; call < 8; call += 1)
      await expect(embedder.embed('x')).rejects.toMatchObject({ category: 'external' });
    expect(provider.asked).toHaveLength(8);
  });

  it('is left alone by the breaker, and used again', async () => {
    await using provider = await startProvider(one([1]));
    const breaker = { ...quickGuard.breaker, resetMs: 50 };
    const { embedder } = create({ baseUrl: provider.baseUrl, guard: { ...quickGuard, breaker } });
    for (let call = 0; call < 5; call += 1)
      await expect(embedder.embed('x')).rejects.toMatchObject({ code: 'DEPENDENCY_FAILED' });
    expect(embedder.state).toBe('open');
    provider.behaves(embeds);
    await expect.poll(() => embedder.embed('x').catch(() => undefined)).toEqual(vectorOf('x'));
    expect(embedder.state).toBe('closed');
  });
});

describe('a provider that asks for a pause', () => {
  it.each([
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 1500).toUTCString()],
  ])('in %s gets it', async (_how, retryAfter) => {
    await using provider = await startProvider((response, asked) => {
      const behaviour = provider.asked.length === 1 ? says(429, '', { 'retry-after': retryAfter() }) : embeds;
      behaviour(response, asked);
    });
    const { embedder, done } = create({ baseUrl: provider.baseUrl });
    expect(await embedder.embed('tea')).toEqual(vectorOf('tea'));
    expect(done).toMatchObject([{ outcome: 'ok', tries: 2 }]);
    // A date has no milliseconds, and timers round.
    expect(done[0]!.durationMs).toBeGreaterThan(400);
  });

  it('longer than the deadline is not asked again', async () => {
    await using provider = await startProvider(says(429, '', { 'retry-after': '3600' }));
    const { embedder } = create({ baseUrl: provider.baseUrl });
    await expect(embedder.embed('x')).rejects.toMatchObject({ code: 'DEPENDENCY_FAILED' });
    expect(provider.asked).toHaveLength(1);
  });

  it.each(['soon', '-5', ''])('of %j gets the usual one', async (retryAfter) => {
    await using provider = await startProvider(says(503, '', { 'retry-after': retryAfter }));
    const { embedder } = create({ baseUrl: provider.baseUrl });
    await expect(embedder.embed('x')).rejects.toMatchObject({ code: 'DEPENDENCY_FAILED' });
    expect(provider.asked).toHaveLength(3);
  });
});

describe('the time of whoever asks', () => {
  it('ends a call to a black hole', async () => {
    await using provider = await startProvider(blackHole);
    const { embedder } = create({ baseUrl: provider.baseUrl });
    using within = new Deadline(50);
    await expect(embedder.embed('x', within)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      status: 503,
    });
  });

  it('covers all batches together', async () => {
    await using provider = await startProvider((response, asked) => {
      if (provider.asked.length === 1) embeds(response, asked);
    });
    const { embedder } = create({ baseUrl: provider.baseUrl, batchSize: 1 });
    using within = new Deadline(300);
    await expect(embedder.embedAll(['a', 'b', 'c'], within)).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
  });
});

describe('settings that cannot be used', () => {
  it.each([
    ['no address', { baseUrl: 'nowhere' }],
    ['an address of another kind', { baseUrl: 'file:///etc/hidden' }],
    ['an address with a password', { baseUrl: 'http://user:hidden@127.0.0.1/v1' }],
    ['a key with a line break', { baseUrl: 'http://127.0.0.1/v1', apiKey: 'hidden\n' }],
    ['an empty key', { baseUrl: 'http://127.0.0.1/v1', apiKey: '' }],
  ])('%s', (_what, wrong) => {
    let thrown: unknown;
    try {
      create(wrong);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TypeError);
    expect(inspect(thrown)).toMatch(/expected/);
    expect((thrown as Error).message).not.toContain('hidden');
  });
});

function create(given: Partial<HttpEmbedderOptions> & { baseUrl: string }) {
  const done: CallDone[] = [];
  const embedder = new HttpEmbedder({ ...options, ...given }, { onDone: (call) => done.push(call) });
  return { embedder, done, log };
}

/** As the service would log it. */
function log(err: unknown): string {
  const lines: string[] = [];
  createLogger('info', { write: (line) => void lines.push(line) }).error({ err }, 'failed');
  return lines.join('');
}
