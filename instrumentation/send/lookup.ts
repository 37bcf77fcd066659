import type { lookup, Resolver } from 'node:dns';
import type { LookupFunction } from 'node:net';
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
/** Nobody answered; every other code is an answer. */
const silences = ['ETIMEOUT', 'ECONNREFUSED', 'ECANCELLED'];

/**
 * The system's lookup (getaddrinfo), asked one name at a time, and only while the name servers answer at all: a call that
 * waits for silent servers holds one of the few threads of libuv's pool, which are the service's too, and the process
 * cannot end before it returns, often 10 s later.
 */
export function carefulLookup(names: Names = machineNames()): LookupFunction {
  let last: Promise<void> = Promise.resolve();
  let silent: { readonly untilMs: number; readonly error: NodeJS.ErrnoException } | undefined;

  const silence = async (name: string): Promise<NodeJS.ErrnoException | undefined> => {
    if (isListed(name, names.hosts())) return undefined;
    if (silent && performance.now() < silent.untilMs) return silent.error;
    const error = await silenceOf(firstAsked(name, names.settings()), names.resolver);
    silent = error && { untilMs: performance.now() + silenceMs, error };
    return error;
  };
  const one = async (...[name, options, callback]: Parameters<LookupFunction>): Promise<void> => {
    const error = await silence(name);
    if (error) return callback(error, []);
    const { promise, resolve } = Promise.withResolvers<void>();
    names.lookup(name, options, (...answer) => {
      resolve();
      callback(...answer);
    });
    return promise;
  };
  return (...asked) => {
    last = last.then(() => one(...asked));
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
