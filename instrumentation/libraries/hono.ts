import { harmless } from '../harmless.ts';
import type { Tools, Watcher } from './watcher.ts';

type Handler = (context: unknown, next: unknown) => unknown;

/** What Hono adds to a router: the handler, and the route that it was registered for. */
type Entry = [handler: Handler, route: { readonly path: string; readonly method: string }];

interface Router {
  add(method: string, path: string, entry: unknown): unknown;
}

const classes = ['SmartRouter', 'RegExpRouter', 'TrieRouter', 'LinearRouter', 'PatternRouter'];

/**
 * Routes of Hono 4. All apps, those of `basePath` and `route` too, add their handlers to a router, with the whole pattern; each
 * handler there names its route as it is run, so that the last one that was run has named it.
 */
export const hono: Watcher = {
  library: 'hono',
  files: [
    {
      path: /^dist\/(cjs\/)?router\/(smart|reg-exp|trie|linear|pattern)-router\/router\.js$/,
      bindings: classes,
      patch(exported: Record<string, { prototype: Router } | undefined>, tools) {
        for (const name of classes) if (exported[name]) patch(exported[name].prototype, tools);
      },
    },
  ],
};

function patch(prototype: Router, tools: Tools): void {
  const { add } = prototype;
  const watch = harmless('watching a Hono route', (entry: unknown) => {
    if (isEntry(entry) && !isMiddleware(entry)) entry[0] = watched(entry, tools);
  });
  prototype.add = function (this: Router, method, path, entry) {
    watch(entry);
    return add.call(this, method, path, entry);
  };
}

const naming = Symbol('names its route');

/** The same entry goes through several routers when one chooses among others. */
function watched([handler, { path }]: Entry, tools: Tools): Handler {
  if (naming in handler) return handler;
  const named: Handler = (context, next) => {
    const current = tools.current();
    if (current) current.route = path;
    return handler(context, next);
  };
  return Object.assign(named, { [naming]: true });
}

function isEntry(entry: unknown): entry is Entry {
  return Array.isArray(entry) && typeof entry[0] === 'function' && typeof entry[1]?.path === 'string';
}

/** What `use` registers is for all methods and takes `next`; so Hono's own list of routes tells them apart. */
function isMiddleware([handler, { method }]: Entry): boolean {
  return method === 'ALL' && handler.length >= 2 && !('__COMPOSED_HANDLER' in handler);
}
