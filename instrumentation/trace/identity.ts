import { randomUUID } from 'node:crypto';

export interface Identity {
  readonly requestId: string;
  readonly userId: string;
}

export const nobody = 'anonymous';
/** Node takes ids of 15 KB and echoes them; anything else than this is replaced. */
const requestIdForm = /^[A-Za-z0-9._-]{1,128}$/;
/** Visible ASCII: what may stand in a header that is sent on. */
const userIdForm = /^[\x21-\x7e]{1,128}$/;

/** Who asks, from what the caller sent: a request id that can be used or a new one, a user or `anonymous`. */
export function identify(requestId: unknown, userId: unknown): Identity {
  return {
    requestId: isRequestId(requestId) ? requestId : randomUUID(),
    userId: typeof userId === 'string' && userIdForm.test(userId) ? userId : nobody,
  };
}

export function isRequestId(value: unknown): value is string {
  return typeof value === 'string' && requestIdForm.test(value);
}
