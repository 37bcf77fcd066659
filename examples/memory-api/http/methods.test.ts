import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { handleError, handleNotFound } from '../error-handler.ts';
import { methods } from './methods.ts';
import { askHttp } from './test-http.ts';

let app: FastifyInstance;
let base: string;

beforeAll(async () => {
  app = fastify();
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(handleNotFound);
  app.register(methods);
  app.register(async (routes) => {
    routes.get('/notes/:id', async () => ({}));
    routes.delete('/notes/:id', async () => ({}));
    routes.post('/notes.all', async () => ({}));
    routes.post('/notes/search', async () => ({}));
  });
  base = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app.close());

it.each([
  ['GET', '/notes/1', 200, undefined],
  ['TRACE', '/notes/1', 405, 'GET, HEAD, DELETE'],
  ['QUERY', '/notes/1?x=/y', 405, 'GET, HEAD, DELETE'],
  ['POST', '/notes/1', 405, 'GET, HEAD, DELETE'],
  ['GET', '/notes.all', 405, 'POST'],
  ['GET', '/notes/search', 405, 'POST'],
  ['GET', '/notes-all', 404, undefined],
  ['POST', '/notes/1/2', 404, undefined],
  ['POST', '/notes/', 404, undefined],
])('%s %s: %i, allow: %s', async (method, path, status, allow) => {
  const answer = await askHttp(base + path, { method });
  expect([answer.status, answer.headers.allow]).toEqual([status, allow]);
  if (status !== 200) {
    const code = status === 405 ? 'METHOD_NOT_ALLOWED' : 'NOT_FOUND';
    expect(answer.body.error).toMatchObject({ error_code: code, message: expect.stringContaining(method) });
  }
});
