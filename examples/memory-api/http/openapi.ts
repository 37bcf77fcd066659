import swagger from '@fastify/swagger';
import type { FastifyPluginAsync, FastifySchema, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import { hoistNamed } from './named-schemas.ts';

export interface OpenApiOptions {
  title: string;
  version: string;
  /** Where the document is served. */
  path?: string;
  /** Patterns of routes that need no key. */
  openRoutes: readonly string[];
}

const text = { type: 'string' } as const;

/** What every error looks like. */
export const errorSchema = {
  title: 'Error',
  type: 'object',
  required: ['error'],
  additionalProperties: false,
  properties: {
    error: {
      title: 'ErrorDetails',
      type: 'object',
      required: [
        'error_code',
        'category',
        'severity',
        'message',
        'user_message',
        'details',
        'recoverable',
        'timestamp',
      ],
      additionalProperties: false,
      properties: {
        error_code: text,
        category: text,
        severity: { type: 'string', enum: ['low', 'medium', 'high', 'critical'] },
        message: text,
        user_message: text,
        details: { type: 'object', additionalProperties: true },
        recoverable: { type: 'boolean' },
        timestamp: { type: 'string', format: 'date-time' },
      },
    },
  },
} as const;

const document: FastifyPluginAsync<OpenApiOptions> = async (app, options) => {
  const { title, version, path = '/openapi.json', openRoutes } = options;
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version },
      components: {
        securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', bearerFormat: 'mem_...' } },
      },
      security: [{ apiKey: [] }],
    },
    transform: ({ schema, url, route }) => {
      const isOpen = openRoutes.includes(route.url);
      const operation: FastifySchema = {
        ...schema,
        operationId: schema?.operationId ?? operationIdOf(route),
        response: { ...errorsOf(schema, isOpen), ...successesOf(schema) },
        ...(isOpen && { security: [] }),
      };
      return { schema: operation, url };
    },
    transformObject: (made) => hoistNamed('openapiObject' in made ? made.openapiObject : {}),
  });
  app.get(path, { schema: { hide: true } }, async () => app.swagger());
};

/**
 * Serves an OpenAPI 3.1 document made from the schemas of the routes that are registered after it. A schema with a
 * `title` appears under it in `components`; an operation is called by `schema.operationId`, else after its route.
 */
export const openApi = fp(document, { name: 'openapi' });

/** `GET /api/v1/memories/:id` is called `getMemoriesById`. */
export function operationIdOf({ method, url }: Pick<RouteOptions, 'method' | 'url'>): string {
  const parts = url
    .replace(/^\/api\/v\d+/, '')
    .split('/')
    .filter(Boolean);
  const words = parts.map((part) => (part.startsWith(':') ? `By${upper(part.slice(1))}` : upper(part)));
  return String(method).toLowerCase() + words.join('');
}

function upper(word: string): string {
  return word.replace(/(?:^|[^a-z0-9]+)([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());
}

/** The errors that a route can end with, by what it takes and whom it lets in. */
function errorsOf(schema: FastifySchema | undefined, isOpen: boolean): Record<string, object> {
  const takes = Boolean(schema?.body ?? schema?.querystring ?? schema?.params);
  const causes: [status: number, isPossible: boolean, description: string][] = [
    [400, takes, 'The request is not valid'],
    [401, !isOpen, 'No valid API key'],
    [403, !isOpen, 'The API key does not allow this'],
    [404, Boolean(schema?.params), 'It does not exist, or not for this API key'],
    [413, Boolean(schema?.body), 'The body is too large'],
    [415, Boolean(schema?.body), 'The body is not JSON'],
    [429, !isOpen, 'Too many requests; Retry-After says when to come again'],
    [500, true, 'The service failed'],
    [502, !isOpen, 'A dependency failed'],
    [503, true, 'The service or a dependency is not available; the same request may succeed later'],
  ];
  const possible = causes.filter(([, isPossible]) => isPossible);
  return Object.fromEntries(
    possible.map(([status, , description]) => [status, { description, ...errorSchema }]),
  );
}

/** `4xx` and `5xx` tell the serialiser how errors look; the document lists them one by one. */
function successesOf(schema: FastifySchema | undefined): Record<string, unknown> {
  const given = Object.entries(Object(schema?.response)).filter(([status]) => !/^[45]xx$/i.test(status));
  return given.length > 0 ? Object.fromEntries(given) : { 200: { description: 'Done' } };
}
