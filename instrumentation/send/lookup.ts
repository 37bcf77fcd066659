import type { lookup, Resolver } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { nowMs } from './clock.ts';
import { firstAsked, isListed } from './name-files.ts';

/** Where names come from; the machine's, unless a test says otherwise. */
export interface Names {
  /** The system's lookup: it cannot be called off. */
  readonly lookup: typeof lookup;
  /** Asks the name servers by itself, and can be called off. */
  readonly resolver: Resolver;
  /** The contents of /etc/hosts and /etc/resolv.conf. */
  hosts(): string;
  settings(): string;
}

/** How long name servers may be silent, and how long they then count as silent. */
const patienceMs = 1200;
const silenceMs = 2000;
/** More than the connections that all destinations may make at once. */
const mostWaiting = 16;
/** Nobody answered; every other code is an answer. */
const silences = ['ETIMEOUT', 'ECONNREFUSED', 'ECANCELLED'];

/**
 * The system's lookup (getaddrinfo), asked one name at a time, and only while the name servers answer at all: a call that
 * waits for silent servers holds one of the few threads of libuv's pool, which are the service's too, and the process
 * cannot end before it returns, often 10 s later.
 */
export function carefulLookup(names: Names = machineNames()): LookupFunction {
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;
  let silent: { readonly untilMs: number; readonly error: NodeJS.ErrnoException } | undefined;

  const silence = async (name: string): Promise<NodeJS.ErrnoException | undefined> => {
    if (isListed(name, names.hosts())) return undefined;
    if (silent && nowMs() < silent.untilMs) return silent.error;
    const error = await silenceOf(firstAsked(name, names.settings()), names.resolver);
    silent = error && { untilMs: nowMs() + silenceMs, error };
    return error;
  };
  const one = async (...[name, options, callback]: Parameters<LookupFunction>): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const answer: typeof callback = (...answered) => {
      resolve();
      callback(...answered);
    };
    try {
      const error = await silence(name);
      if (error) answer(error, []);
      else names.lookup(name, options, answer);
    } catch (error) {
      // Somebody else's in the place of Node's: what it throws is an answer too.
      answer(error as NodeJS.ErrnoException, []);
    }
    return promise;
  };
  return (...asked) => {
    // Who asked gave up long ago, and asks again: lookups that take a minute would pile up.
    if (waiting === mostWaiting) return asked[2](new Error(`${mostWaiting} lookups wait already`), []);
    waiting++;
    last = last.then(async () => {
      await one(...asked);
      waiting--;
    });
  };
}

function silenceOf(name: string, resolver: Resolver): Promise<NodeJS.ErrnoException | undefined> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | undefined>();
  resolver.resolve4(name, (error) =>
    resolve(error && silences.includes(error.code ?? '') ? error : undefined),
  );
  return promise;
}

/** `import` of these modules also loads what they have for promises. */
function machineNames(): Names {
  const { lookup, Resolver } = process.getBuiltinModule('node:dns');
  const resolver = new Resolver({ timeout: patienceMs, tries: 1 });
  return { lookup, resolver, hosts: () => read('/etc/hosts'), settings: () => read('/etc/resolv.conf') };
}

function read(path: string): string {
  try {
    return process.getBuiltinModule('node:fs').readFileSync(path, 'utf8');
  } catch {
    // Not every system has it: then every name is the servers'.
    return '';
  }
}
