import { maxHeaderSize, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyBaseLogger, FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import {
  ClientGoneError,
  InternalError,
  NotFoundError,
  type Problem,
  ServiceError,
  SlowRequestError,
  ValidationError,
} from './errors.ts';

/** The one place where an error becomes an answer. */
export function handleError(thrown: unknown, request: FastifyRequest, reply: FastifyReply) {
  const error = classify(thrown, request);
  const fields = fieldsOf(error);
  if (error.status >= 500) request.log.error({ ...fields, err: error }, error.message);
  else request.log.info(fields, error.message);
  return reply.code(error.status).send(error.toBody());
}

/**
 * What cannot be read as HTTP, or does not come in time, is no request yet and has no reply: its answer is written to
 * the connection, which ends with it.
 */
export function handleClientError(log: FastifyBaseLogger) {
  return (thrown: Error & { code?: string }, socket: Socket): void => {
    const error = unreadable(thrown);
    if (error && socket.writable && !hasBegun(socket)) {
      // Not the error itself: it holds the bytes that came, and with them keys.
      log.info({ ...fieldsOf(error), reason: thrown.code, address: socket.remoteAddress }, error.message);
      socket.end(asHttp(error));
    }
    socket.destroySoon();
  };
}

export function handleNotFound(request: FastifyRequest, reply: FastifyReply) {
  return handleError(new NotFoundError(`the route ${request.method} ${pathOf(request)}`), request, reply);
}

/** The path of a request without its query string, which may name people. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
}

function fieldsOf({ code, category, severity }: ServiceError) {
  return { error_code: code, category, severity };
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

/** Undefined: the connection broke, and nobody reads an answer. */
function unreadable({ code = '', message }: Error & { code?: string }): ServiceError | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new SlowRequestError();
  const refuse = (problem: string, as: { code: string; status: number }) =>
    new ValidationError([{ field: 'request', problem }], as);
  if (code === 'HPE_HEADER_OVERFLOW') {
    const problem = `expected at most ${maxHeaderSize} bytes of address and headers, got more`;
    return refuse(problem, { code: 'HEADERS_TOO_LARGE', status: 431 });
  }
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') {
    const problem = 'expected chunks without long extensions';
    return refuse(problem, { code: 'CHUNK_EXTENSIONS_TOO_LARGE', status: 413 });
  }
  if (!code.startsWith('HPE_')) return undefined;
  const problem = `expected HTTP/1.1, got what cannot be read as such (${message})`;
  return refuse(problem, { code: 'NOT_HTTP', status: 400 });
}

/** An answer is on its way, which more bytes would break. Node looks there, too, when it answers by itself. */
function hasBegun(socket: Socket & { _httpMessage?: ServerResponse }): boolean {
  return socket._httpMessage?.headersSent === true;
}

function asHttp(error: ServiceError): string {
  const body = JSON.stringify(error.toBody());
  const lines = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
