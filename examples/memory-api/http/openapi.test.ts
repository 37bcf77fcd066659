import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hoistNamed } from './named-schemas.ts';
import { openApi, operationIdOf } from './openapi.ts';

const user = { title: 'User', type: 'object', properties: { name: { type: 'string' } } } as const;
const params = { type: 'object', properties: { id: { type: 'string', format: 'uuid' } } } as const;
const body = { type: 'object', properties: { user }, required: ['user'] } as const;
const error = { type: 'object', properties: {} } as const;

// biome-ignore lint/suspicious/noExplicitAny: the test looks into a document
let document: any;
let app: FastifyInstance;

beforeAll(async () => {
  app = fastify();
  app.register(openApi, { title: 'Users', version: '1.2.3', openRoutes: ['/health/live', '/openapi.json'] });
  app.register(async (routes) => {
    routes.get('/health/live', async () => ({}));
    const read = { params, response: { 200: user, '4xx': error, '5xx': error } };
    routes.get('/api/v1/users/:id', { schema: read }, async () => ({}));
    routes.post('/api/v1/users', { schema: { operationId: 'createUser', body } }, async () => ({}));
  });
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  document = await (await fetch(`${base}/openapi.json`)).json();
});
afterAll(() => app.close());

describe('the OpenAPI document', () => {
  it('is of 3.1, and has every route but its own', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Users', version: '1.2.3' } });
    const operations = Object.entries<object>(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect(operations.sort()).toEqual(['get /api/v1/users/{id}', 'get /health/live', 'post /api/v1/users']);
  });

  it('names operations and schemas, and refers to nothing that is not there', () => {
    const { paths, components } = document;
    expect(paths['/api/v1/users'].post.operationId).toBe('createUser');
    expect(paths['/api/v1/users/{id}'].get.operationId).toBe('getUsersById');
    expect(Object.keys(components.schemas).sort()).toEqual(['Error', 'ErrorDetails', 'User']);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    expect(new Set(references.map(([, name]) => name))).toEqual(new Set(Object.keys(components.schemas)));
    const read = paths['/api/v1/users/{id}'].get.responses['200'];
    expect(read.content['application/json'].schema).toEqual({ $ref: '#/components/schemas/User' });
  });

  it.each([
    ['/health/live', 'get', ['200', '500', '503']],
    ['/api/v1/users/{id}', 'get', ['200', '400', '401', '403', '404', '429', '500', '502', '503']],
    ['/api/v1/users', 'post', ['200', '400', '401', '403', '413', '415', '429', '500', '502', '503']],
  ])('tells the errors of %s (%s)', (path, method, statuses) => {
    const { responses } = document.paths[path][method];
    expect(Object.keys(responses)).toEqual(statuses);
    for (const status of statuses.filter((status) => status >= '400')) {
      expect(responses[status].description).not.toBe('Default Response');
      expect(responses[status].content['application/json'].schema).toEqual({
        $ref: '#/components/schemas/Error',
      });
    }
  });

  it('asks for a key, but not on open routes', () => {
    expect(document.components.securitySchemes.apiKey).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(document.security).toEqual([{ apiKey: [] }]);
    expect(document.paths['/health/live'].get.security).toEqual([]);
    expect(document.paths['/api/v1/users'].post.security).toBeUndefined();
  });
});

it.each([
  ['GET', '/api/v1/memories', 'getMemories'],
  ['DELETE', '/api/v1/memories/:id', 'deleteMemoriesById'],
  ['POST', '/api/v1/memories/search', 'postMemoriesSearch'],
  ['GET', '/health/live', 'getHealthLive'],
])('%s %s is called %s', (method, url, id) => {
  expect(operationIdOf({ method, url })).toBe(id);
});

it('refuses two schemas of one name', () => {
  const paths = { a: { title: 'A', type: 'string' }, b: { title: 'A', type: 'number' } };
  expect(() => hoistNamed({ paths })).toThrow('two different schemas are called "A"');
});
