import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { ValidationError } from '../errors.ts';

const knowMethods: FastifyPluginAsync = async (app) => {
  const known = new Map<string, { path: RegExp; methods: Set<string> }>();

  app.addHook('onRoute', ({ url, method }) => {
    const entry = known.get(url) ?? { path: patternOf(url), methods: new Set() };
    for (const one of [method].flat()) entry.methods.add(one);
    known.set(url, entry);
  });

  // When it is known who asks, and before the body is read in vain.
  app.addHook('preParsing', async (request, reply) => {
    if (!request.is404) return;
    const path = request.url.split('?', 1)[0]!;
    const matching = [...known.values()].filter((entry) => entry.path.test(path));
    const allowed = new Set(matching.flatMap(({ methods }) => [...methods]));
    if (allowed.size === 0) return;
    // RFC 9110, 15.5.6: a 405 says what is allowed.
    reply.header('allow', [...allowed].join(', '));
    throw notAllowed(request, [...allowed]);
  });
};

/**
 * Where there is a route, but not for this method, the answer is a 405 that names those that there are.
 * Comes before the plugins and routes that it is for. Throws ValidationError.
 */
export const methods = fp(knowMethods, { name: 'methods' });

/** `/memories/:id` fits `/memories/` and whatever comes up to the next slash. */
function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : RegExp.escape(part)));
  return new RegExp(`^${parts.join('/')}$`);
}

function notAllowed({ method }: FastifyRequest, allowed: readonly string[]): ValidationError {
  const problem = `expected one of the methods ${allowed.join(', ')} here, got ${method}`;
  return new ValidationError([{ field: 'request', problem }], { code: 'METHOD_NOT_ALLOWED', status: 405 });
}
