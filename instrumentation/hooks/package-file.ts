/** A file of a package, as its URL tells: `…/node_modules/pg/lib/client.js`. */
export interface PackageFile {
  /** `pg`, `@hono/node-server` */
  readonly name: string;
  /** URL of the package's folder, with a slash at the end: each copy of a package has its own. */
  readonly folder: string;
  /** `lib/client.js` */
  readonly path: string;
}

const marker = '/node_modules/';

/**
 * The package that a file belongs to; nothing when it is not below a `node_modules` folder, as the service's own files
 * and packages of a workspace, whose links Node resolves. Called for every file that is loaded.
 */
export function packageOf(url: string): string | undefined {
  const start = nameStart(url);
  return start < 0 ? undefined : url.slice(start, nameEnd(url, start));
}

/** Of a URL for which `packageOf` told a name. */
export function packageFile(url: string): PackageFile {
  const start = nameStart(url);
  const end = nameEnd(url, start);
  const query = url.search(/[?#]/);
  return {
    name: url.slice(start, end),
    folder: `${url.slice(0, end)}/`,
    path: url.slice(end + 1, query < 0 ? undefined : query),
  };
}

/** The last `node_modules` counts: pnpm keeps `node_modules/.pnpm/pg@8.23.1/node_modules/pg`. */
function nameStart(url: string): number {
  const at = url.lastIndexOf(marker);
  return at < 0 ? -1 : at + marker.length;
}

function nameEnd(url: string, start: number): number {
  let end = url.indexOf('/', start);
  if (url[start] === '@' && end >= 0) end = url.indexOf('/', end + 1);
  return end < 0 ? url.length : end;
}
