import { dirname, join } from 'node:path';
import { fs } from '../builtins.ts';

export interface PackageJson {
  readonly version: string;
  /** Paths that the package is entered by: `index.js`, `dist/cjs/index.js`. */
  readonly entries: ReadonlySet<string>;
  /** Names of its dependencies. */
  readonly dependencies: ReadonlySet<string>;
}

const nothing: PackageJson = { version: '?', entries: new Set(), dependencies: new Set() };

/** Never throws: what cannot be read is empty. */
export function readPackageJson(file: string | URL): PackageJson {
  try {
    const { version, main, module, exports, dependencies } = JSON.parse(fs.readFileSync(file, 'utf8'));
    const root = exports?.['.'] ?? exports;
    const entries = [...leaves(root), ...leaves(main ?? 'index.js'), ...leaves(module)].flatMap(spellings);
    return {
      version: String(version ?? '?'),
      entries: new Set(entries),
      dependencies: new Set(Object.keys(Object(dependencies))),
    };
  } catch {
    return nothing;
  }
}

/** Of the package that `file` is part of: the nearest above it. */
export function nearestPackageJson(file: string): PackageJson {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const candidate = join(folder, 'package.json');
    if (fs.existsSync(candidate)) return readPackageJson(candidate);
    if (folder === dirname(folder)) return nothing;
  }
}

/** All texts in what `exports` gives for `.`, whatever the conditions. */
function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value && typeof value === 'object' ? Object.values(value).flatMap(leaves) : [];
}

/** `main` may leave out the extension, or name a folder. */
function spellings(path: string): string[] {
  const plain = path.replace(/^\.\//, '').replace(/\/$/, '');
  return [plain, `${plain}.js`, `${plain}/index.js`];
}
