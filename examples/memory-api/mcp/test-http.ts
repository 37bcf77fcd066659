import { type FastifyBaseLogger, type FastifyInstance, fastify } from 'fastify';
import { handleError, handleNotFound } from '../error-handler.ts';
import { AuthenticationError } from '../errors.ts';
import { methods } from '../http/methods.ts';
import { createLogger } from '../logger.ts';
import { type McpHttpOptions, mcpRoutes } from './http.ts';
import type { Caller } from './operations.ts';

/** Keys of the tests: two that belong to a user, one that may act for all. */
const callers: Record<string, Caller> = {
  'Bearer ada': { userId: 'ada' },
  'Bearer ben': { userId: 'ben' },
  'Bearer all': {},
};

export const keyOf = (name: 'ada' | 'ben' | 'all') => ({ authorization: `Bearer ${name}` });

export interface TestHttp extends AsyncDisposable {
  readonly origin: string;
  readonly app: FastifyInstance;
  readonly logged: readonly Record<string, unknown>[];
}

/** The tools at `/mcp` of a server on a free port, with the error handler of the service. */
export async function serveHttp(options: Omit<McpHttpOptions, 'callerOf'>): Promise<TestHttp> {
  const logged: Record<string, unknown>[] = [];
  const logger: FastifyBaseLogger = createLogger('info', { write: (line) => logged.push(JSON.parse(line)) });
  const app: FastifyInstance = fastify({ loggerInstance: logger, frameworkErrors: handleError });
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(handleNotFound);
  app.register(methods);
  app.register(mcpRoutes, {
    ...options,
    callerOf: ({ headers }) => {
      const caller = callers[headers.authorization ?? ''];
      if (!caller) throw new AuthenticationError();
      return caller;
    },
  });
  const origin = await app.listen({ host: '127.0.0.1', port: 0 });
  return { origin, app, logged, [Symbol.asyncDispose]: () => app.close() };
}
