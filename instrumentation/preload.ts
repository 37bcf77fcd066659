import { isMainThread } from 'node:worker_threads';
import { complain, reason } from './complain.ts';
import { tooOld } from './node-version.ts';

/*
 * `node --import @ordeal/preload server.js`: watches a service that knows nothing of it.
 *
 * Worker threads inherit --import: what they do is theirs. A second preload would record everything twice. Nothing
 * of ours is loaded before it is known that it can run.
 */

const here = Symbol.for('@ordeal/preload');

if (isMainThread) {
  const unfit = here in globalThis ? 'is loaded already; once is enough' : tooOld(process.versions.node);
  if (unfit) complain(unfit);
  else {
    Object.defineProperty(globalThis, here, { value: true });
    try {
      const { watch } = await import('./watch.ts');
      await watch(process);
    } catch (error) {
      complain(`could not start, the service runs without it: ${reason(error)}`);
    }
  }
}
