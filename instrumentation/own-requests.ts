import type { ClientRequest } from 'node:http';

const requests = new WeakSet<object>();
let making = false;

/** A request of the sender's, which nobody of ours is to record: not by its agent, since others put theirs in its place. */
export function asOwn(make: () => ClientRequest): ClientRequest {
  making = true;
  try {
    const request = make();
    requests.add(request);
    return request;
  } finally {
    making = false;
  }
}

/** Also of one that is being made just now. */
export function isOwn(request: object): boolean {
  return making || requests.has(request);
}
