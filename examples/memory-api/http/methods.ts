import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { pathOf } from '../error-handler.ts';
import { ValidationError } from '../errors.ts';

const knowMethods: FastifyPluginAsync = async (app) => {
  const known = new Map<string, Set<string>>();

  app.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    known.set(url, methods);
  });

  // When it is known who asks, and before the body is read in vain.
  app.addHook('preParsing', async (request, reply) => {
    const path = pathOf(request);
    // `/memories/search` is no memory, so what it does not take is not for `/memories/:id` either.
    const methods = known.get(path) ?? (request.is404 ? methodsOf(path) : undefined);
    if (!methods || methods.has(request.method)) return;
    const allowed = [...methods].join(', ');
    // RFC 9110, 15.5.6: a 405 says what is allowed.
    reply.header('allow', allowed);
    throw notAllowed(request, allowed);
  });

  function methodsOf(path: string): Set<string> | undefined {
    return known.entries().find(([url]) => isFor(url, path))?.[1];
  }
};

/**
 * Where there is a route, but not for this method, the answer is a 405 that names those that there are.
 * Comes before the plugins and routes that it is for. Throws ValidationError.
 */
export const methods = fp(knowMethods, { name: 'methods' });

/** `/memories/:id` is for `/memories/` and whatever comes up to the next slash. */
function isFor(url: string, path: string): boolean {
  const [parts, given] = [url.split('/'), path.split('/')];
  if (parts.length !== given.length) return false;
  return parts.every((part, at) => (part.startsWith(':') ? given[at] !== '' : given[at] === part));
}

function notAllowed({ method }: FastifyRequest, allowed: string): ValidationError {
  const problem = `expected one of the methods ${allowed} here, got ${method}`;
  return new ValidationError([{ field: 'request', problem }], { code: 'METHOD_NOT_ALLOWED', status: 405 });
}
