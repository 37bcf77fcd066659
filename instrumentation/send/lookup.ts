import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/**
 * The system's lookup of names, one at a time: each occupies one of the few threads of libuv's pool while a name
 * server is silent, and that pool is the service's too.
 */
export function oneAtATime(): LookupFunction {
  let last: Promise<unknown> = Promise.resolve();
  return (name, options, callback) => {
    last = last.then(
      () =>
        new Promise<void>((resolve) => {
          lookup(name, options, (error, address, family) => {
            resolve();
            callback(error, address, family);
          });
        }),
    );
  };
}
