import type { FastifyPluginAsync, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import { ServiceError } from '../errors.ts';

/** Until when a request is answered. */
export interface Deadline {
  /** Aborted when the time is over, with a DeadlineError as its reason, or when the client has gone. */
  readonly signal: AbortSignal;
  /** 0 when the time is over. */
  remainingMs(): number;
}

declare module 'fastify' {
  interface FastifyRequest {
    deadline: Deadline;
  }
}

export interface DeadlineOptions {
  timeoutMs?: number;
}

/** The request took longer than any may. */
export class DeadlineError extends ServiceError {
  override name = 'DeadlineError';
  constructor(timeoutMs: number) {
    super({
      code: 'DEADLINE_EXCEEDED',
      category: 'network',
      severity: 'high',
      message: `the request was not done within ${timeoutMs} ms`,
      userMessage: 'This took too long. Please try again in a moment.',
      recoverable: true,
      details: { timeout_ms: timeoutMs },
    });
  }
}

class RequestDeadline implements Deadline {
  readonly #controller = new AbortController();
  readonly #endsAtMs: number;
  readonly #timer: NodeJS.Timeout;
  readonly #over = Promise.withResolvers<never>();
  #error: DeadlineError | undefined;
  /** A handler is at work, or has done its work: what comes out of it is the answer. */
  isHandled = false;

  constructor(timeoutMs: number, whenUnhandled: (error: DeadlineError) => void) {
    this.#endsAtMs = performance.now() + timeoutMs;
    // Nobody waits for it while no handler runs.
    this.#over.promise.catch(() => {});
    this.#timer = setTimeout(() => {
      this.#error = new DeadlineError(timeoutMs);
      this.#over.reject(this.#error);
      // What waits in a hook hears of it when the answer is out: an error of its own would be a second answer.
      if (this.isHandled) this.#controller.abort(this.#error);
      else whenUnhandled(this.#error);
    }, timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  remainingMs(): number {
    return Math.max(0, this.#endsAtMs - performance.now());
  }

  /** @throws DeadlineError when `work` is not done in time */
  within<T>(work: Promise<T>): Promise<T> {
    this.isHandled = true;
    return Promise.race([work, this.#over.promise]);
  }

  done(): void {
    clearTimeout(this.#timer);
    if (this.#error) this.#controller.abort(this.#error);
  }

  leave(): void {
    this.done();
    this.#controller.abort(new Error('the client closed the connection'));
  }
}

const setDeadlines: FastifyPluginAsync<DeadlineOptions> = async (app, { timeoutMs = 10_000 }) => {
  app.decorateRequest('deadline');

  app.addHook('onRequest', async (request, reply) => {
    request.deadline = new RequestDeadline(timeoutMs, (error) => answer(reply, error));
  });
  app.addHook('onResponse', async (request) => running(request)?.done());
  app.addHook('onRequestAbort', async (request) => running(request)?.leave());

  app.addHook('onRoute', (route: RouteOptions) => {
    const { handler } = route;
    route.handler = function (request, reply) {
      const result: unknown = handler.call(this, request, reply);
      return result instanceof Promise ? (running(request)?.within(result) ?? result) : result;
    };
  });
};

/**
 * Every request has a time in which it is answered, with a DeadlineError (503) when nothing else is there by then.
 * Comes before the plugins and routes that it is for.
 */
export const deadline = fp(setDeadlines, { name: 'deadline' });

/** None when Fastify refused the request before any hook ran. */
function running({ deadline }: FastifyRequest): RequestDeadline | undefined {
  return deadline as RequestDeadline | undefined;
}

/** While a hook runs or the body comes in; Fastify drops what they do afterwards. */
function answer(reply: FastifyReply, error: DeadlineError): void {
  if (reply.sent || reply.raw.headersSent) return;
  // The rest of a body that came too slowly is not waited for.
  if (!reply.request.raw.complete) reply.header('connection', 'close');
  reply.send(error);
}
