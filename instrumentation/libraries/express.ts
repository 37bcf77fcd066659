import { harmless } from '../harmless.ts';
import type { Tools, Watcher } from './watcher.ts';

/*
 * Express tells of a route by its own pattern alone, without that of the routers around it, and by a channel that costs
 * a store for each middleware. So routers are asked while they work: a layer with a route names it, a layer that is
 * mounted at a path adds that path to what comes below it.
 */

type Next = (...args: unknown[]) => unknown;

interface Request {
  [mountedAt]?: string | undefined;
}

interface Layer {
  readonly route?: { readonly path: unknown };
  [mountPath]?: string;
}

type Handle = (this: Layer, request: Request, response: unknown, next: Next) => unknown;

/** Router.prototype of Express 5's package `router`, or the prototype of Express 4's routers. */
interface Router {
  stack: Layer[];
  use(this: Router, ...args: unknown[]): unknown;
}

const mountedAt = Symbol('mounted at');
const mountPath = Symbol('mount path');

const layers = /^lib\/(router\/)?layer\.js$/;

/** Express 5, and whoever else uses its router. */
export const router: Watcher = {
  library: 'router',
  partOf: 'express',
  files: [
    { path: layers, patch: ({ prototype }: { prototype: object }, tools) => patchLayer(prototype, tools) },
    { path: /^index\.js$/, patch: ({ prototype }: { prototype: Router }) => patchUse(prototype) },
  ],
};

/** Express 4, which has a router of its own. */
export const express: Watcher = {
  library: 'express',
  belowMajor: 5,
  files: [
    { path: layers, patch: ({ prototype }: { prototype: object }, tools) => patchLayer(prototype, tools) },
    { path: /^lib\/router\/index\.js$/, patch: (prototype: Router) => patchUse(prototype) },
  ],
};

/** Notes on each layer that `use` makes where it is mounted. */
function patchUse(prototype: Router): void {
  const { use } = prototype;
  const note = harmless('noting where a router is mounted', (router: Router, from: number, path: unknown) => {
    const pattern = patternOf(path);
    if (pattern) for (const layer of router.stack.slice(from)) layer[mountPath] = pattern;
  });
  prototype.use = function (...args) {
    const from = this.stack.length;
    const result = use.apply(this, args);
    note(this, from, args[0]);
    return result;
  };
}

function patchLayer(prototype: object, tools: Tools): void {
  const name = 'handleRequest' in prototype ? 'handleRequest' : 'handle_request';
  const handle = Reflect.get(prototype, name) as Handle;
  const setRoute = harmless('reading an Express route', (request: Request, path: unknown) => {
    const current = tools.current();
    if (current) current.route = joined(request[mountedAt] ?? '', patternOf(path)) || '/';
  });
  const patched: Handle = function (request, response, next) {
    const { route, [mountPath]: path } = this;
    if (route) setRoute(request, route.path);
    if (path === undefined) return handle.call(this, request, response, next);
    const around = request[mountedAt];
    request[mountedAt] = joined(around ?? '', path);
    return handle.call(this, request, response, (...args) => {
      request[mountedAt] = around;
      return next(...args);
    });
  };
  Reflect.set(prototype, name, patched);
}

/** `/api` and `/` are `/api`; what is mounted at `/` adds nothing. */
function joined(mount: string, pattern: string): string {
  return mount && pattern && !/^[/(]/.test(pattern) ? `${mount}/${pattern}` : mount + pattern;
}

/** Of several paths it is not known which one matched: `(/notes|/memos)`. Handlers that stand in place of a path have none. */
function patternOf(path: unknown): string {
  if (path instanceof RegExp) return String(path);
  if (typeof path === 'string') return path.replace(/\/+$/, '');
  if (!Array.isArray(path)) return '';
  const patterns = path.flat(Infinity).map(patternOf).filter(Boolean);
  return patterns.length > 1 ? `(${patterns.join('|')})` : (patterns[0] ?? '');
}
