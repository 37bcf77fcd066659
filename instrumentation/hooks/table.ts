import type { HookedFile, Watcher } from '../libraries/watcher.ts';
import { otherMonitors } from './other-monitors.ts';
import { nearestPackageJson, readPackageJson } from './package-json.ts';
import { hooksWork } from './which-node.ts';

export interface HookRow {
  readonly library: string;
  readonly version: string;
  /** How many of its files are patched when all is well. */
  readonly expected: number;
  readonly fired: number;
  /** `channel`: it tells what it does by itself. `off`: switched off by a setting. */
  readonly state: 'hooked' | 'channel' | 'missed' | 'off';
  /** What to know or do; empty when it is hooked. */
  readonly advice: string;
}

/** One copy of a library in the process. */
interface Copy {
  readonly library: string;
  readonly folder: string;
  readonly paths: Set<string>;
  readonly fired: Set<HookedFile>;
  failure: string;
}

/** Which of the watched libraries the service loaded, against which hooks fired: a hook that does not fire is silent by itself. */
export class HookTable {
  readonly #watchers: ReadonlyMap<string, Watcher>;
  readonly #off: ReadonlySet<string>;
  /** The version of Node. */
  readonly node: string;
  readonly #known: ReadonlySet<string>;
  readonly #copies = new Map<string, Copy>();
  readonly #monitors = new Set<string>();
  readonly #onMonitor: (name: string) => void;
  #packageFiles = 0;

  constructor(options: {
    watchers: readonly Watcher[];
    /** Libraries that a setting switched off. */
    off?: readonly string[];
    node?: string;
    /** Another package that watches services was loaded. */
    onMonitor?: (name: string) => void;
  }) {
    this.#watchers = new Map(options.watchers.map((watcher) => [watcher.library, watcher]));
    this.#off = new Set(options.off);
    this.node = options.node ?? process.versions.node;
    this.#onMonitor = options.onMonitor ?? (() => {});
    this.#known = new Set([...this.#watchers.keys(), ...this.#off, ...otherMonitors]);
  }

  /** Whether files of the package are to be looked at. Called for every file that is loaded. */
  wants(name: string | undefined): boolean {
    if (name === undefined) return false;
    this.#packageFiles++;
    if (!this.#known.has(name)) return false;
    if (!otherMonitors.has(name)) return true;
    this.sawMonitor(name);
    return false;
  }

  sawMonitor(name: string): void {
    if (this.#monitors.has(name)) return;
    this.#monitors.add(name);
    this.#onMonitor(name);
  }

  /** A file of a library was loaded. */
  saw(library: string, folder: string, path: string): void {
    this.#copy(library, folder).paths.add(path);
  }

  fired(library: string, folder: string, file: HookedFile): void {
    this.#copy(library, folder).fired.add(file);
  }

  failed(library: string, folder: string, why: string): void {
    this.#copy(library, folder).failure ||= why;
  }

  get monitors(): string[] {
    return [...this.#monitors];
  }

  /** One for each copy of a library that was loaded; reads their `package.json`. */
  rows(): HookRow[] {
    return [...this.#copies.values()].flatMap((copy) => this.#row(copy) ?? []);
  }

  /**
   * On a Node whose hooks do harm ES modules load unseen: libraries that have such, that the package of `main` depends on and
   * that were not seen as CommonJS either.
   */
  unseen(main: string | undefined): HookRow[] {
    if (hooksWork(this.node) || !main) return [];
    const { dependencies } = nearestPackageJson(main);
    const seen = new Set([...this.#copies.values()].map(({ library }) => library));
    const advice = this.#hidesModules();
    return [...this.#watchers.values()]
      .filter(
        ({ library, files }) =>
          files?.some((it) => it.bindings) && dependencies.has(library) && !seen.has(library),
      )
      .map(({ library, files = [] }) => ({
        library,
        version: '?',
        expected: files.length,
        fired: 0,
        state: 'missed',
        advice,
      }));
  }

  /** Whether the service was made one file: `main` needs libraries that we watch, and no package was ever loaded. */
  isBundled(main: string | undefined): boolean {
    if (this.#packageFiles > 0 || !main || !hooksWork(this.node)) return false;
    const { dependencies } = nearestPackageJson(main);
    return [...this.#watchers.keys()].some((library) => dependencies.has(library));
  }

  #copy(library: string, folder: string): Copy {
    let copy = this.#copies.get(folder);
    if (!copy) {
      copy = { library, folder, paths: new Set(), fired: new Set(), failure: '' };
      this.#copies.set(folder, copy);
    }
    return copy;
  }

  #row(copy: Copy): HookRow | undefined {
    const { library, folder, paths, fired } = copy;
    const { version, entries } = readPackageJson(new URL('package.json', urlOf(folder)));
    const told = { library, version, expected: 0, fired: fired.size };
    if (this.#off.has(library)) return { ...told, state: 'off', advice: 'switched off by a setting' };
    const { files, belowMajor = Infinity } = this.#watchers.get(library) ?? {};
    if (Number.parseInt(version, 10) >= belowMajor) return undefined;
    if (!files) return { ...told, state: 'channel', advice: '' };
    const wanted = files.filter((file) => !file.optional || fired.has(file));
    const row = { ...told, expected: wanted.length };
    if (wanted.every((file) => fired.has(file))) return { ...row, state: 'hooked', advice: '' };
    // Somebody used a part of it alone (`hono/utils/…`), of which there is nothing to watch.
    if (fired.size === 0 && !copy.failure && ![...entries].some((it) => paths.has(it))) return undefined;
    return { ...row, state: 'missed', advice: this.#advice(copy, wanted) };
  }

  #advice({ paths, failure, fired }: Copy, wanted: readonly HookedFile[]): string {
    const missing = wanted.filter((file) => !fired.has(file));
    if (failure) return `could not be patched: ${failure}`;
    if (!hooksWork(this.node) && missing.some(({ bindings }) => bindings)) return this.#hidesModules();
    if (missing.some(({ path }) => [...paths].some((it) => path.test(it))))
      return 'loaded before the preload, or past its hooks: let --import @ordeal/preload come first';
    if (this.#monitors.size > 0)
      return `perhaps hidden by ${this.monitors.join(', ')}: run only one of the two`;
    return 'this version keeps its code in other files: it is not watched';
  }

  #hidesModules(): string {
    return `ES modules are hooked from Node 22.22.3, 24.11.1 or 25.1 on; this is ${this.node}`;
  }
}

/** What was required before us is known by its path. */
function urlOf(folder: string): string {
  return /^\w{2,}:/.test(folder) ? folder : `file://${folder.startsWith('/') ? '' : '/'}${folder}`;
}
