import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { pathOf } from './error-handler.ts';

/** One line per request, when it is done. What went wrong is told by the error handler. */
export class RequestLog extends LogController {
  override incomingRequest(): void {}

  override requestCompleted(_error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url,
        path: pathOf(request),
        status_code: reply.statusCode,
        duration_ms: reply.elapsedTime,
      },
      'request completed',
    );
  }
}
