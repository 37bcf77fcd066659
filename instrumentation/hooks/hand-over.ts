import type { HookedFile } from '../libraries/watcher.ts';

/** Under this name the appended lines find what they hand their module's exports to. */
const key = '@ordeal/preload/hand-over';

export type HandOver = (url: string, exported: unknown) => void;

/** Takes what hooked files hand over. It is a property of the global object since modules share nothing else. */
export function receive(handOver: HandOver): void {
  Object.defineProperty(globalThis, Symbol.for(key), { value: handOver, configurable: true });
}

/**
 * What is appended to the source of a hooked file, in a line of its own: nothing before it moves, and a comment that ends
 * the file (a source map's) stays whole. Names that the module lacks are handed over as undefined instead of
 * failing the module.
 */
export function tail(url: string, format: string | null | undefined, { bindings = [] }: HookedFile): string {
  const named = `{${bindings.map(accessors).join(',')}}`;
  // Without a format the file is CommonJS, or an ES module that only its syntax tells.
  const exported = isModule(format) ? named : `typeof module==='undefined'?${named}:module.exports`;
  return `\n;globalThis[Symbol.for(${JSON.stringify(key)})]?.(${JSON.stringify(url)},${exported});`;
}

/** A binding of a module, of which all importers see what is set: functions and classes that were declared can be. */
function accessors(name: string): string {
  return `get ${name}(){return typeof ${name}==='undefined'?void 0:${name}},set ${name}($value){${name}=$value}`;
}

/** JSON, WebAssembly, add-ons and parts of Node are not JavaScript to append to. */
export function isJavaScript(format: string | null | undefined): boolean {
  return format === null || format === undefined || isModule(format) || format.includes('commonjs');
}

/** With TypeScript's forms: `module-typescript`, `commonjs-typescript`. */
function isModule(format: string | null | undefined): boolean {
  return format?.startsWith('module') ?? false;
}
