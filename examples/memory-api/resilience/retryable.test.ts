import { describe, expect, it } from 'vitest';
import {
  CircuitBreakerOpenError,
  ExternalError,
  InternalError,
  NetworkError,
  NotFoundError,
  ValidationError,
} from '../errors.ts';
import { isFailure, isRetryable, retryAfterMsOf } from './retryable.ts';

const hinted = (hint: object) => Object.assign(new ExternalError('it'), hint);

describe('what may be tried again, and what a breaker counts', () => {
  it.each([
    ['no connection', new NetworkError('it'), true, true],
    ['no answer in time', new NetworkError('it', { code: 'DEPENDENCY_TIMEOUT' }), true, true],
    ['a deadline that is over', new NetworkError('it', { code: 'DEADLINE_EXCEEDED' }), false, true],
    ['an open breaker', new CircuitBreakerOpenError('it'), false, false],
    ['a wrong answer', new ExternalError('it'), true, true],
    ['a wrong answer that will stay', hinted({ retryable: false }), false, true],
    ['a refusal', hinted({ retryable: false, countsAsFailure: false }), false, false],
    ['a wrong request', new ValidationError([]), false, false],
    ['something that is not there', new NotFoundError('it'), false, false],
    ['a fault of our own', new InternalError(new Error('x')), false, false],
    ['any error', new TypeError('x'), false, false],
    ['no error at all', undefined, false, false],
  ])('%s', (_what, error, retryable, failure) => {
    expect([isRetryable(error), isFailure(error)]).toEqual([retryable, failure]);
  });

  it.each([
    [hinted({ retryAfterMs: 1500 }), 1500],
    [hinted({}), 0],
    [undefined, 0],
  ])('knows what pause was asked for', (error, pauseMs) => {
    expect(retryAfterMsOf(error)).toBe(pauseMs);
  });
});
