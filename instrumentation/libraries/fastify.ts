import { subscribe } from 'node:diagnostics_channel';
import { harmless } from '../harmless.ts';
import type { Watcher } from './watcher.ts';

interface Request {
  /** `url`: the pattern; undefined when nothing matched. Versions before 4.10 have `routerPath`. */
  readonly routeOptions?: { readonly url?: string };
  readonly routerPath?: string;
}

type Hook = (request: Request, reply: unknown, done: () => void) => void;

interface Instance {
  addHook(name: 'onRequest', hook: Hook): unknown;
}

/**
 * Routes of Fastify 4 and 5. A hook of the root instance, added before any other, runs first for each request, so that
 * an answer sent from a hook has a route too.
 */
export const fastify: Watcher = {
  library: 'fastify',
  start(tools) {
    const setRoute = harmless('reading a Fastify route', (request: Request) => {
      const current = tools.current();
      if (current) current.route = (request.routeOptions ?? { url: request.routerPath }).url;
    });
    const onRequest: Hook = (request, _reply, done) => {
      setRoute(request);
      done();
    };
    const onInstance = harmless('hooking a Fastify instance', (message: unknown) => {
      (message as { fastify: Instance }).fastify.addHook('onRequest', onRequest);
    });
    subscribe('fastify.initialization', onInstance);
  },
};
