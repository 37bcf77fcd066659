import { dirname, join } from 'node:path';
import { fs } from '../builtins.ts';

/** How far below the service's own dependencies a package is still the service's: an ORM's driver is. */
const mostSteps = 2;

/**
 * Which of `candidates` (names of packages, or scopes: `@aws-sdk`) the service below `folder` has: they are installed, and are
 * dependencies of its package or of one of those. Being installed is not enough where a workspace or development tools share the folder.
 */
export function packagesOf(folder: string, candidates: readonly string[]): Set<string> {
  const places = foldersAbove(folder).filter((it) => fs.existsSync(join(it, 'node_modules')));
  const installed = candidates.filter((name) =>
    places.some((it) => fs.existsSync(join(it, 'node_modules', name))),
  );
  if (installed.length === 0) return new Set();
  const own = foldersAbove(folder).find((it) => fs.existsSync(join(it, 'package.json')));
  return own === undefined ? new Set(installed) : reachable(own, new Set(installed));
}

function reachable(own: string, wanted: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  let folders = [own];
  for (let steps = 0; steps <= mostSteps && found.size < wanted.size; steps++) {
    const next: string[] = [];
    for (const folder of folders)
      for (const name of dependenciesOf(folder)) {
        const scope = name.split('/')[0] as string;
        for (const it of [name, scope]) if (wanted.has(it)) found.add(it);
        if (seen.has(name)) continue;
        seen.add(name);
        const place = foldersAbove(folder).find((it) => fs.existsSync(join(it, 'node_modules', name)));
        if (place !== undefined) next.push(join(place, 'node_modules', name));
      }
    folders = next;
  }
  return found;
}

function dependenciesOf(folder: string): string[] {
  try {
    const { dependencies, optionalDependencies, peerDependencies } = JSON.parse(
      fs.readFileSync(join(folder, 'package.json'), 'utf8'),
    );
    return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
  } catch {
    return [];
  }
}

/** `folder` and all above it. */
function foldersAbove(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersAbove(above)];
}
