import type { Observations } from '../observe/observations.ts';
import { requestNames } from '../observe/requests.ts';
import { listed } from './words.ts';

/** The requests that an SLO is about, for its claim. */
export function ofRequests(name: string | undefined): string {
  return name === undefined ? 'all requests' : `the requests "${name}"`;
}

/** Why there is no such request in a phase; names those that were sent, in case one was misspelt. */
export function whyNone({ requests }: Observations, name: string | undefined): string {
  if (name === undefined || requestNames(requests).includes(name)) return 'no request was sent in this phase';
  return `no request "${name}" was sent; those that were: ${listed(requestNames(requests))}`;
}
