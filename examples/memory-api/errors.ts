/** What kind of trouble it is, and the HTTP status that says so. */
const statusByCategory = {
  validation: 400,
  authentication: 401,
  authorization: 403,
  not_found: 404,
  conflict: 409,
  internal: 500,
  external: 502,
  network: 503,
  database: 503,
} as const;

export type Category = keyof typeof statusByCategory;
export type Severity = 'low' | 'medium' | 'high' | 'critical';

interface ErrorSpec {
  code: string;
  category: Category;
  severity: Severity;
  /** For whoever calls the API; holds nothing of what happened inside. */
  message: string;
  /** For whoever sits in front of the caller's screen. */
  userMessage: string;
  /** Whether the same request may succeed later. */
  recoverable?: boolean;
  details?: Readonly<Record<string, unknown>>;
  /** Where HTTP has a more exact status than the one of the category (413, 415). */
  status?: number;
  cause?: unknown;
}

/** An error that may be shown to a client: everything in `toBody()` is safe, the cause stays in the log. */
export class ServiceError extends Error {
  override name = 'ServiceError';
  readonly code: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly status: number;
  readonly #spec: ErrorSpec;

  constructor(spec: ErrorSpec) {
    super(spec.message, spec.cause === undefined ? undefined : { cause: spec.cause });
    this.code = spec.code;
    this.category = spec.category;
    this.severity = spec.severity;
    this.status = spec.status ?? statusByCategory[spec.category];
    this.#spec = spec;
  }

  toBody() {
    return {
      error: {
        error_code: this.code,
        category: this.category,
        severity: this.severity,
        message: this.message,
        user_message: this.#spec.userMessage,
        details: this.#spec.details ?? {},
        recoverable: this.#spec.recoverable ?? false,
        timestamp: new Date().toISOString(),
      },
    };
  }
}

/** One thing that is wrong with a request: where, and what was expected there. */
export interface Problem {
  field: string;
  problem: string;
}

/** So many problems are told; a request can have thousands. */
export const mostProblems = 20;
const longestField = 200;
const longestProblem = 300;

/** What is wrong with the request, as far as it can be told in an answer: names and values in it may be long. */
export class ValidationError extends ServiceError {
  override name = 'ValidationError';
  constructor(
    problems: readonly Problem[],
    options: { code?: string; status?: number; cause?: unknown } = {},
  ) {
    const told = problems.slice(0, mostProblems).map(({ field, problem }) => ({
      field: cut(field, longestField),
      problem: cut(problem, longestProblem),
    }));
    const more = problems.length > told.length;
    const lines = told.map(({ field, problem }) => `${field}: ${problem}`);
    super({
      code: 'VALIDATION_FAILED',
      category: 'validation',
      severity: 'low',
      message: [...lines, ...(more ? ['and more'] : [])].join('; '),
      userMessage: 'Something in the request is not right. Please correct it and try again.',
      details: { problems: told, ...(more && { more }) },
      ...options,
    });
  }
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

export class NotFoundError extends ServiceError {
  override name = 'NotFoundError';
  constructor(what: string) {
    super({
      code: 'NOT_FOUND',
      category: 'not_found',
      severity: 'low',
      message: `${what} does not exist`,
      userMessage: 'We could not find what you are looking for.',
    });
  }
}

/** It exists and belongs to somebody else: told to the caller as if it did not exist, to the audit log as it is. */
export class NotYoursError extends NotFoundError {
  override name = 'NotYoursError';
}

/** PostgreSQL failed, or is left alone for a while: then the code is that of the open breaker. */
export class DatabaseError extends ServiceError {
  override name = 'DatabaseError';
  constructor(cause: unknown) {
    super({
      code: cause instanceof CircuitBreakerOpenError ? cause.code : 'DATABASE_UNAVAILABLE',
      category: 'database',
      severity: 'high',
      message: 'the database did not do what was asked of it',
      userMessage: 'The service is not available just now. Please try again in a moment.',
      recoverable: true,
      cause,
    });
  }
}

/** Nobody knows who asks: no key, or one that is not (or no longer) good. Which of them is not told. */
export class AuthenticationError extends ServiceError {
  override name = 'AuthenticationError';
  constructor() {
    super({
      code: 'AUTHENTICATION_FAILED',
      category: 'authentication',
      severity: 'medium',
      message: 'expected a valid API key: Authorization: Bearer <key>',
      userMessage: 'Please sign in and try again.',
    });
  }
}

/** It is known who asks, and that they may not. */
export class AuthorizationError extends ServiceError {
  override name = 'AuthorizationError';
  constructor(what: string) {
    super({
      code: 'NOT_ALLOWED',
      category: 'authorization',
      severity: 'medium',
      message: `this API key does not allow ${what}`,
      userMessage: 'You are not allowed to do this.',
    });
  }
}

/** What is asked for does not fit what is there. */
export class ConflictError extends ServiceError {
  override name = 'ConflictError';
  constructor(message: string) {
    super({
      code: 'CONFLICT',
      category: 'conflict',
      severity: 'low',
      message,
      userMessage: 'This was changed in the meantime. Please look at it again.',
    });
  }
}

export class RateLimitError extends ServiceError {
  override name = 'RateLimitError';
  readonly retryAfterS: number;

  constructor(retryAfterS: number) {
    super({
      code: 'RATE_LIMIT_EXCEEDED',
      category: 'authorization',
      severity: 'medium',
      message: `too many requests, try again in ${retryAfterS} s`,
      userMessage: 'That was a little fast. Please wait a moment and try again.',
      recoverable: true,
      details: { retry_after_s: retryAfterS },
      status: 429,
    });
    this.retryAfterS = retryAfterS;
  }
}

/** Another service answered, and not as it should: a status of 5xx, or what cannot be read. */
export class ExternalError extends ServiceError {
  override name = 'ExternalError';
  constructor(dependency: string, cause?: unknown) {
    super({
      code: 'DEPENDENCY_FAILED',
      category: 'external',
      severity: 'high',
      message: `${dependency} did not do what was asked of it`,
      userMessage: 'A part of the service is not available just now. Please try again in a moment.',
      recoverable: true,
      details: { dependency },
      cause,
    });
  }
}

/** Another service did not answer: no connection, or none in time. */
export class NetworkError extends ServiceError {
  override name = 'NetworkError';
  constructor(dependency: string, options: { code?: string; cause?: unknown } = {}) {
    super({
      code: options.code ?? 'DEPENDENCY_UNREACHABLE',
      category: 'network',
      severity: 'high',
      message: `${dependency} does not answer`,
      userMessage: 'A part of the service is not available just now. Please try again in a moment.',
      recoverable: true,
      details: { dependency },
      cause: options.cause,
    });
  }
}

/** A dependency is left alone for a while, so the request was not even sent. */
export class CircuitBreakerOpenError extends NetworkError {
  override name = 'CircuitBreakerOpenError';
  constructor(dependency: string, cause?: unknown) {
    super(dependency, { code: 'CIRCUIT_BREAKER_OPEN', cause });
  }
}

/** The client closed the connection before it had its answer; nobody is told but the log. 499 is what nginx calls it. */
export class ClientGoneError extends ServiceError {
  override name = 'ClientGoneError';
  constructor(cause: unknown) {
    super({
      code: 'CLIENT_CLOSED_REQUEST',
      category: 'network',
      severity: 'low',
      message: 'the client closed the connection before it was answered',
      userMessage: 'The connection was closed too early. Please try again.',
      recoverable: true,
      status: 499,
      cause,
    });
  }
}

/** The headers of a request did not come to their end in time. */
export class SlowRequestError extends ServiceError {
  override name = 'SlowRequestError';
  constructor() {
    super({
      code: 'REQUEST_TIMEOUT',
      category: 'network',
      severity: 'low',
      message: 'expected a whole request, it did not come to its end in time',
      userMessage: 'The connection was too slow. Please try again.',
      recoverable: true,
      status: 408,
    });
  }
}

/** Whatever nobody expected. */
export class InternalError extends ServiceError {
  override name = 'InternalError';
  constructor(cause: unknown) {
    super({
      code: 'INTERNAL_ERROR',
      category: 'internal',
      severity: 'critical',
      message: 'the service failed in a way that it did not expect',
      userMessage: 'Something went wrong on our side. Please try again later.',
      cause,
    });
  }
}
