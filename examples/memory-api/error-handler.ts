import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import {
  ClientGoneError,
  InternalError,
  NotFoundError,
  type Problem,
  ServiceError,
  ValidationError,
} from './errors.ts';

/** The one place where an error becomes an answer. */
export function handleError(thrown: unknown, request: FastifyRequest, reply: FastifyReply) {
  const error = classify(thrown, request);
  const fields = { error_code: error.code, category: error.category, severity: error.severity };
  if (error.status >= 500) request.log.error({ ...fields, err: error }, error.message);
  else request.log.info(fields, error.message);
  return reply.code(error.status).send(error.toBody());
}

export function handleNotFound(request: FastifyRequest, reply: FastifyReply) {
  return handleError(new NotFoundError(`the route ${request.method} ${pathOf(request)}`), request, reply);
}

/** The path of a request without its query string, which may name people. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
}

function classify(thrown: unknown, request: FastifyRequest): ServiceError {
  if (thrown instanceof ServiceError) return thrown;
  if (hasGone(thrown, request)) return new ClientGoneError(thrown);
  if (isFrameworkRefusal(thrown)) return refused(thrown);
  return new InternalError(thrown);
}

/** The body broke off, or the request was given up because nobody waits for it any more. */
function hasGone(thrown: unknown, { raw, deadline }: FastifyRequest): boolean {
  return thrown !== undefined && (thrown === raw.errored || thrown === deadline?.signal.reason);
}

/** Fastify refuses what it cannot read or what a schema forbids; only its own errors may choose their status. */
function isFrameworkRefusal(thrown: unknown): thrown is FastifyError {
  if (!(thrown instanceof Error)) return false;
  const { code, statusCode } = thrown as Partial<FastifyError>;
  return code?.startsWith('FST_') === true && statusCode !== undefined && statusCode < 500;
}

function refused(error: FastifyError): ValidationError {
  // An id that is too long is as wrong as any other that is none, and is not sent back.
  if (error.code === 'FST_ERR_MAX_PARAM_LENGTH')
    return new ValidationError([{ field: 'params', problem: 'expected an id, got a much longer text' }]);
  if (!error.validation) {
    const code = error.code.replace('FST_ERR_', '');
    return new ValidationError([{ field: 'request', problem: error.message }], {
      code,
      status: error.statusCode ?? 400,
      cause: error,
    });
  }
  const part = error.validationContext ?? 'request';
  return new ValidationError(error.validation.map((issue) => toProblem(part, issue)));
}

type Issue = NonNullable<FastifyError['validation']>[number];

function toProblem(part: string, { instancePath, params, message }: Issue): Problem {
  const named = params.missingProperty ?? params.additionalProperty;
  const path = [...instancePath.split('/').slice(1), ...(named === undefined ? [] : [String(named)])];
  const allowed = Array.isArray(params.allowedValues) ? `: ${params.allowedValues.join(', ')}` : '';
  return { field: [part, ...path].join('.'), problem: `${message ?? 'is not valid'}${allowed}` };
}
