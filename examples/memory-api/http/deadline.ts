import type { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import { ServiceError } from '../errors.ts';
import { Deadline } from '../resilience/deadline.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Aborted when the time for work is over, with a DeadlineError as its reason, or when the client has gone. */
    deadline: TimeForWork;
  }
}

type TimeForWork = Pick<Deadline, 'signal' | 'remainingMs'>;

export interface DeadlineOptions {
  timeoutMs?: number;
  /** Where calls to dependencies find how much time is left for them. */
  deadlines: AsyncLocalStorage<Deadline>;
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

/** So much of the time is kept for the answer, so that a call that took too long is told as what it was. */
const shareForAnswer = 0.1;
const mostForAnswerMs = 100;

/** The time of one request: first that of its work, then the little that is kept for the answer. */
class RequestTime {
  readonly deadline: TimeForWork;
  /** A client that goes away ends nothing here: others may wait for what is being loaded for it. */
  readonly forCalls: Deadline;
  readonly #work = new AbortController();
  /** Runs only while the time for work is over: most requests need one timer, that of `forCalls`. */
  #timer: NodeJS.Timeout | undefined;
  readonly #over = Promise.withResolvers<never>();
  /** A handler is at work, or has done its work: what comes out of it is the answer. */
  #isHandled = false;
  isAnswered = false;

  constructor(timeoutMs: number, whenUnhandled: (error: DeadlineError) => void) {
    const answerMs = Math.min(mostForAnswerMs, timeoutMs * shareForAnswer);
    const reason = () => new DeadlineError(timeoutMs);
    const forCalls = new Deadline(timeoutMs - answerMs, undefined, reason);
    const { signal } = this.#work;
    this.forCalls = forCalls;
    this.deadline = { signal, remainingMs: () => (signal.aborted ? 0 : forCalls.remainingMs()) };
    // Nobody waits for it while no handler runs.
    this.#over.promise.catch(() => {});
    const end = () => {
      this.#over.reject(reason());
      if (!this.#isHandled && !this.isAnswered) whenUnhandled(reason());
    };
    forCalls.signal.addEventListener('abort', () => {
      this.#timer = setTimeout(end, answerMs);
      this.#work.abort(forCalls.signal.reason);
    });
  }

  /**
   * What `handle` gives, which is not even begun when the time for work is over.
   *
   * @throws DeadlineError, also by rejecting
   */
  within(handle: () => unknown): unknown {
    this.deadline.signal.throwIfAborted();
    const result = handle();
    if (!(result instanceof Promise)) return result;
    this.#isHandled = true;
    return Promise.race([result, this.#over.promise]);
  }

  done(): void {
    clearTimeout(this.#timer);
    this.forCalls[Symbol.dispose]();
  }

  leave(): void {
    this.#work.abort(new Error('the client closed the connection'));
    this.done();
  }
}

const setDeadlines: FastifyPluginAsync<DeadlineOptions> = async (app, { timeoutMs = 10_000, deadlines }) => {
  app.decorateRequest('deadline');
  const times = new WeakMap<FastifyRequest, RequestTime>();

  app.addHook('onRequest', (request, reply, done) => {
    const time = new RequestTime(timeoutMs, (error) => answer(reply, error));
    times.set(request, time);
    request.deadline = time.deadline;
    deadlines.run(time.forCalls, done);
  });
  // A body comes in by events of its connection, which know nothing of the request.
  app.addHook('preValidation', (request, _reply, done) => {
    const time = times.get(request);
    if (time) deadlines.run(time.forCalls, done);
    else done();
  });
  app.addHook('onSend', async (request) => {
    const time = times.get(request);
    if (time) time.isAnswered = true;
  });
  app.addHook('onResponse', async (request) => times.get(request)?.done());
  app.addHook('onRequestAbort', async (request) => times.get(request)?.leave());

  app.addHook('onRoute', (route: RouteOptions) => {
    const { handler } = route;
    route.handler = function (request, reply) {
      const time = times.get(request);
      const handle = () => handler.call(this, request, reply);
      return time ? time.within(handle) : handle();
    };
  });
};

/**
 * Every request has a time in which it is answered, with a DeadlineError (503) when nothing else is there by then.
 * Comes before the plugins and routes that it is for.
 */
export const deadline = fp(setDeadlines, { name: 'deadline' });

/** While a hook runs or the body comes in; Fastify drops what they do afterwards. */
function answer(reply: FastifyReply, error: DeadlineError): void {
  if (reply.sent || reply.raw.headersSent) return;
  // The rest of a body that came too slowly is not waited for.
  if (!reply.request.raw.complete) reply.header('connection', 'close');
  reply.send(error);
}
