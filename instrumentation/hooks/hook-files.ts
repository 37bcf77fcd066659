import nodeModule from 'node:module';
import { pathToFileURL } from 'node:url';
import { complain, reason } from '../complain.ts';
import type { HookedFile, Tools, Watcher } from '../libraries/watcher.ts';
import { type HandOver, isJavaScript, receive, tail } from './hand-over.ts';
import { packageFile, packageOf } from './package-file.ts';
import type { HookTable } from './table.ts';
import { hooksWork } from './which-node.ts';

type Source = string | ArrayBufferView | ArrayBuffer;

/** Finds the file of a watcher that a URL names, and tells the table of every file of a watched library. */
type Find = (url: string) => HookedFile | undefined;

/**
 * Lets `watchers` patch the files that they name, as these are loaded: each file of each copy of a library, by `require` and by
 * `import`. Call it before the service loads anything, and after import hooks of others were registered.
 */
export function hookFiles(watchers: readonly Watcher[], tools: Tools, table: HookTable): void {
  const byLibrary = new Map(watchers.map((watcher) => [watcher.library, watcher]));
  const find: Find = (url) => {
    const { name, folder, path } = packageFile(url);
    table.saw(name, folder, path);
    return byLibrary.get(name)?.files?.find((file) => file.path.test(path));
  };
  receive(patchWith(find, tools, table));
  if (hooksWork(table.node)) hookLoad(table, find);
  else hookCompile(table, find);
}

function patchWith(find: Find, tools: Tools, table: HookTable): HandOver {
  return (url, exported) => {
    const { name, folder, path } = packageFile(url);
    try {
      const file = find(url);
      if (!file) return;
      if (!isPatchable(exported)) throw new Error('it exports nothing of what is expected');
      file.patch(exported as never, tools);
      table.fired(name, folder, file);
    } catch (error) {
      table.failed(name, folder, `${path}: ${reason(error)}`);
      complain(
        `${name} is not watched: its ${path} could not be patched (the service is not affected): ${reason(error)}`,
      );
    }
  };
}

/** An ES module that lost the names we look for hands over an object without a value. */
function isPatchable(exported: unknown): boolean {
  if (typeof exported === 'function') return true;
  return (
    typeof exported === 'object' &&
    exported !== null &&
    Object.values(exported).some((it) => it !== undefined)
  );
}

/** Files that are not of a watched library pass after one look at the name of their package. */
function hookLoad(table: HookTable, find: Find): void {
  nodeModule.registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (!table.wants(packageOf(url))) return loaded;
      const { source, format } = loaded;
      const file = find(url);
      if (!file || source === null || source === undefined || !isJavaScript(format)) return loaded;
      return { ...loaded, source: text(source) + tail(url, format, file) };
    },
  });
}

function text(source: Source): string {
  if (typeof source === 'string') return source;
  return new TextDecoder().decode(source as Uint8Array);
}

interface Compiler {
  _compile(this: object, content: string, filename: string, ...rest: unknown[]): unknown;
}

/**
 * For a Node whose hooks do harm: every CommonJS file, required or imported, is compiled by this method. ES modules pass it
 * only when they are required.
 */
function hookCompile(table: HookTable, find: Find): void {
  const prototype = (nodeModule as unknown as { prototype: Compiler }).prototype;
  const compile = prototype._compile;
  prototype._compile = function (content, filename, ...rest) {
    const url = process.platform === 'win32' ? filename.replaceAll('\\', '/') : filename;
    if (!table.wants(packageOf(url))) return compile.call(this, content, filename, ...rest);
    return compile.call(this, appended(content, filename, rest[0], find), filename, ...rest);
  };
}

function appended(content: string, filename: string, format: unknown, find: Find): string {
  const url = pathToFileURL(filename).href;
  const file = find(url);
  return file ? content + tail(url, typeof format === 'string' ? format : undefined, file) : content;
}
