import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needsNodes, nodeBinary, supportedLines } from '../testing/nodes.ts';
import { startFixture } from './fixtures/start.ts';

const { runs, titled } = await needsNodes(...supportedLines);

const facts: [framework: string, request: string, status: number, route: string | undefined][] = [
  ['express', 'GET /', 200, '/'],
  ['express', 'GET /plain/7?x=1', 200, '/plain/:id'],
  ['express', 'GET /two', 200, '(/one|/two)'],
  ['express', 'GET /expression', 200, String.raw`/^\/exp(ression)?$/`],
  ['express', 'GET /passed', 200, '/passed'],
  ['express', 'GET /throws/7', 500, '/throws/:id'],
  ['express', 'GET /users/7', 200, '/users/:user'],
  ['express', 'GET /users/7/notes/8', 200, '/users/:user/notes/:note'],
  ['express', 'POST /users/7/deep/end', 200, '/users/:user/deep/end'],
  ['express', 'GET /users/7/after', 200, '/users/:user/after'],
  ['express', 'GET /inner/7', 200, '/inner/:x'],
  ['express', 'GET /guarded/7', 401, undefined],
  ['express', 'GET /nowhere/7', 404, undefined],
  ['fastify', 'GET /', 200, '/'],
  ['fastify', 'GET /plain/7?x=1', 200, '/plain/:id'],
  ['fastify', 'HEAD /plain/7', 200, '/plain/:id'],
  ['fastify', 'GET /throws/7', 500, '/throws/:id'],
  ['fastify', 'GET /users/7/notes/8', 200, '/users/:user/notes/:note'],
  ['fastify', 'GET /plain/7 refused', 403, '/plain/:id'],
  ['fastify', 'GET /users/7/nothing', 404, undefined],
  ['fastify', 'GET /nowhere/7', 404, undefined],
  ['hono', 'GET /', 200, '/'],
  ['hono', 'GET /plain/7?x=1', 200, '/plain/:id'],
  ['hono', 'HEAD /plain/7', 200, '/plain/:id'],
  ['hono', 'GET /throws/7', 500, '/throws/:id'],
  ['hono', 'GET /users/7', 200, '/users/:user'],
  ['hono', 'GET /users/7/notes/8', 200, '/users/:user/notes/:note'],
  ['hono', 'PUT /users/7/any', 200, '/users/:user/any'],
  ['hono', 'GET /failing/7', 500, '/failing/:x'],
  ['hono', 'GET /base/7', 200, '/base/:x'],
  ['hono', 'GET /guarded/7', 401, undefined],
  ['hono', 'GET /nowhere/7', 404, undefined],
  ['hono, one handler', 'GET /only/7', 200, '/only/:id'],
];

const kinds = supportedLines.flatMap((line) => ['cjs.cjs', 'esm.mjs'].map((kind) => [line, kind] as const));

describe.runIf(runs).each(kinds)(titled('routes on Node %s, %s'), (line, kind) => {
  let service: Awaited<ReturnType<typeof startFixture>>;
  let ports: Record<string, number>;
  beforeAll(async () => {
    service = await startFixture(`routes-${kind}`, await nodeBinary(line));
    ports = service.first as Record<string, number>;
  });
  afterAll(() => service?.[Symbol.asyncDispose]());

  it('tells the pattern of each answer, and none where nothing matched', async () => {
    const names: string[] = [];
    for (const [framework, request, status] of facts) {
      const [method = '', path, refused] = request.split(' ');
      const answer = await fetch(`http://127.0.0.1:${ports[framework]}${path}`, {
        method,
        headers: refused ? { 'x-refuse': '1' } : {},
      });
      await answer.arrayBuffer();
      names.push(`${framework} ${request} ${answer.status}`);
      expect(answer.status, `${framework} ${request}`).toBe(status);
    }
    const { spans } = await service.told((it) => it.spans.length >= facts.length);
    const routes = spans.map(({ attributes }, at) => [names[at], attributes['http.route']]);
    expect(routes).toEqual(
      facts.map(([framework, request, status, route]) => [`${framework} ${request} ${status}`, route]),
    );
  });
});
