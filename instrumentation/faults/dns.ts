import dns, { type LookupAddress } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { isIP } from 'node:net';
import { type End, Refusal, within } from './fault.ts';

/** What happens to a lookup of a name. */
interface Trouble {
  /** Lower-case; every name when undefined. */
  names: readonly string[] | undefined;
  /** Waits this long before it asks; 0 when it fails instead. */
  latencyMs: number;
  code: string | undefined;
}

/** The numbers that Node gives with these codes: libuv's UV_EAI_NONAME and UV_EAI_AGAIN. */
const errnos: Readonly<Record<string, number>> = { ENOTFOUND: -3008, EAI_AGAIN: -3001 };

/** Stands between the process and the system's resolver. */
export interface Resolver {
  slow(fault: { latencyMs: unknown; names?: unknown }): End;
  fail(fault: { code: unknown; names?: unknown }): End;
}

/**
 * Takes the place of `dns.lookup` and `dns.promises.lookup`, which `net`, `http` and everything over them use unless
 * told otherwise. Put in before the service loads, so that it also reaches a service that keeps the functions; without
 * a fault it only passes on. Addresses are not names and are left alone; so are `dns.resolve*`, which ask a server.
 */
export function standAtLookup(): Resolver {
  let trouble: Trouble | undefined;
  const waiting = new Set<() => void>();
  const hits = (name: unknown): Trouble | undefined => {
    if (!trouble || typeof name !== 'string' || isIP(name)) return undefined;
    return !trouble.names || trouble.names.includes(name.toLowerCase()) ? trouble : undefined;
  };
  /** Lookups that wait when the fault ends go on at once. A timer may be early by a millisecond; the fault may not. */
  const afterMs = (latencyMs: number, goOn: () => void) => {
    const dueMs = performance.now() + latencyMs;
    const run = () => {
      clearTimeout(timer);
      if (waiting.delete(run)) goOn();
    };
    const look = () => {
      const leftMs = dueMs - performance.now();
      if (leftMs > 0) timer = setTimeout(look, Math.ceil(leftMs));
      else run();
    };
    let timer = setTimeout(look, latencyMs);
    waiting.add(run);
  };
  const begin = (it: Trouble): End => {
    trouble = it;
    return () => {
      trouble = undefined;
      for (const run of [...waiting]) run();
    };
  };

  const { lookup } = dns;
  const lookupPromise = dns.promises.lookup;
  type Callback = (error: Error | null, address?: string | LookupAddress[], family?: number) => void;
  dns.lookup = inPlaceOf(lookup, (...args: unknown[]) => {
    const it = hits(args[0]);
    const go = () => Reflect.apply(lookup, dns, args);
    if (!it) return go();
    const callback = args.at(-1);
    if (typeof callback !== 'function') return go();
    if (it.code !== undefined) setImmediate(callback as Callback, failure(it.code, args[0] as string));
    else afterMs(it.latencyMs, go);
  });
  dns.promises.lookup = inPlaceOf(lookupPromise, async (...args: unknown[]) => {
    const it = hits(args[0]);
    if (it?.code !== undefined) throw failure(it.code, args[0] as string);
    if (it) await new Promise<void>((goOn) => afterMs(it.latencyMs, goOn));
    return Reflect.apply(lookupPromise, dns.promises, args);
  });
  syncBuiltinESMExports();

  return {
    slow: (fault) =>
      begin({
        names: namesOf(fault.names),
        latencyMs: within('latencyMs', fault.latencyMs, 1, 60_000),
        code: undefined,
      }),
    fail: (fault) => begin({ names: namesOf(fault.names), latencyMs: 0, code: codeOf(fault.code) }),
  };
}

/** With the original's own properties: `util.promisify` finds what it needs among them. */
function inPlaceOf<F extends object>(original: F, replacement: unknown): F {
  return Object.defineProperties(replacement as F, Object.getOwnPropertyDescriptors(original));
}

/** As Node makes it: https://nodejs.org/api/dns.html#error-codes */
function failure(code: string, hostname: string): Error {
  const error = new Error(`getaddrinfo ${code} ${hostname}`);
  return Object.assign(error, { errno: errnos[code], code, syscall: 'getaddrinfo', hostname });
}

function codeOf(code: unknown): string {
  if (typeof code === 'string' && code in errnos) return code;
  throw new Refusal(`expected code to be one of ${Object.keys(errnos)}, got ${JSON.stringify(code)}`);
}

function namesOf(names: unknown): readonly string[] | undefined {
  if (names === undefined) return undefined;
  if (Array.isArray(names) && names.length > 0 && names.every((it) => typeof it === 'string'))
    return names.map((it) => it.toLowerCase());
  throw new Refusal(`expected names to be a list of texts or absent, got ${JSON.stringify(names)}`);
}
