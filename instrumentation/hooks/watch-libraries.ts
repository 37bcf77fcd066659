import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { complain } from '../complain.ts';
import { harmless } from '../harmless.ts';
import type { Tools, Watcher } from '../libraries/watcher.ts';
import { hookFiles } from './hook-files.ts';
import { isApiTaken, requiredBefore } from './other-monitors.ts';
import { packageFile, packageOf } from './package-file.ts';
import { HookTable } from './table.ts';
import { writeTable } from './write-table.ts';

/** When a service has loaded what it needs, as a rule. */
const checkAfterMs = 3000;
const listening = 'tracing:net.server.listen:asyncEnd';

/**
 * The table for `watchers`, before anything of ours is registered: it knows what was loaded before, and says in one line
 * each what else watches this process.
 */
export function prepareTable(
  watchers: readonly Watcher[],
  tools: Pick<Tools, 'settings'>,
  node = process.versions.node,
): HookTable {
  const table = new HookTable({
    node,
    watchers: watchers.filter((it) => isPackage(it) && isOn(it, tools)),
    off: watchers.filter((it) => isPackage(it) && !isOn(it, tools)).map(({ library }) => library),
    onMonitor: (name) =>
      complain(`${name} watches this process too: one of the two may not see what the other patched`),
  });
  if (isApiTaken()) table.sawMonitor('another SDK of OpenTelemetry');
  for (const path of requiredBefore()) {
    if (!table.wants(packageOf(path))) continue;
    const { name, folder, path: inside } = packageFile(path);
    table.saw(name, folder, inside);
  }
  return table;
}

/** Starts the watchers that no setting switched off, hooks their files, and looks after a while whether all is well. */
export function watchLibraries(
  watchers: readonly Watcher[],
  tools: Tools,
  table: HookTable,
  instrumentations: readonly string[],
): void {
  const on = watchers.filter((it) => isOn(it, tools));
  for (const watcher of on) harmless(`watching ${watcher.library}`, () => watcher.start?.(tools))();
  hookFiles(on.filter(isPackage), tools, table);
  followUp(tools.settings.hooksFile, table, instrumentations);
}

function isPackage({ library }: Watcher): boolean {
  return !library.startsWith('node:');
}

/** `OTEL_NODE_DISABLED_INSTRUMENTATIONS` names them without a scope: `pg`, `http`. */
function isOn({ library, partOf = library }: Watcher, { settings }: Pick<Tools, 'settings'>): boolean {
  const short = library.replace(/^(node:|@[^/]+\/)| .*$/g, '');
  return ![short, library, partOf].some((name) => settings.disabledLibraries.includes(name));
}

/** Writes the table when a server listens, after a while and at the end; the last two times it warns too. */
function followUp(file: string | undefined, table: HookTable, instrumentations: readonly string[]): void {
  const main = process.argv[1];
  const told = new Set<string>();
  let listens = false;
  const write = harmless('writing the table of hooks', () => {
    if (!file) return;
    const bundled = table.isBundled(main);
    const { monitors } = table;
    const rows = [...table.rows(), ...table.unseen(main)];
    const { pid, versions } = process;
    writeTable(file, {
      pid,
      node: versions.node,
      main: main ?? '',
      listens,
      bundled,
      rows,
      monitors,
      instrumentations,
    });
  });
  const check = () => {
    write();
    warn(table, main, told);
  };
  const onListening = () => {
    listens = true;
    unsubscribe(listening, onListening);
    write();
  };
  if (file) subscribe(listening, onListening);
  const safely = harmless('checking the hooks', check);
  setTimeout(safely, checkAfterMs).unref();
  process.once('exit', safely);
}

function warn(table: HookTable, main: string | undefined, told: Set<string>): void {
  for (const { library, version, state, advice } of [...table.rows(), ...table.unseen(main)]) {
    const text = `${library} ${version} is loaded, but not watched: ${advice}`;
    if (state !== 'missed' || told.has(text)) continue;
    told.add(text);
    complain(text);
  }
  const text =
    'no package is loaded from node_modules: the service seems to be one bundled file, and what is inside it is not watched';
  if (!table.isBundled(main) || told.has(text)) return;
  told.add(text);
  complain(text);
}
