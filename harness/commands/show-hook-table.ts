import type { HookTable, HookTableRow } from './hook-table.ts';

const columns = 80;
const indent = 4;

const stateWords: Readonly<Record<HookTableRow['state'], string>> = {
  hooked: '✓ watched',
  channel: '✓ watched, by its channel',
  missed: '✗ not watched',
  off: '– switched off',
};

/** Whether everything that the service loaded and that can be watched is. */
export function allHooked({ rows, bundled }: HookTable): boolean {
  return !bundled && rows.every(({ state }) => state !== 'missed');
}

/** The table for a terminal of 80 columns, and what to do. */
export function showHookTable(table: HookTable): string {
  const { node, main, listens, monitors } = table;
  const rows = [...table.rows].sort((one, other) => one.library.localeCompare(other.library));
  const widths = {
    library: widest(
      'package',
      rows.map(({ library }) => library),
      32,
    ),
    version: widest(
      'version',
      rows.map(({ version }) => version),
      16,
    ),
  };
  const cells = (library: string, version: string, hooks: string, state: string) =>
    `${library.padEnd(widths.library)}  ${version.padEnd(widths.version)}  ${hooks.padEnd(5)}  ${state}`;
  return [
    main,
    `Node ${node}${listens ? '' : '; no server of it listens'}`,
    '',
    ...(rows.length > 0 ? [cells('package', 'version', 'hooks', '')] : []),
    ...rows.flatMap((row) => [
      cells(
        row.library,
        row.version,
        row.expected > 0 ? `${row.fired}/${row.expected}` : '-',
        stateWords[row.state],
      ),
      ...(row.advice ? wrap(row.advice, indent) : []),
    ]),
    ...(rows.length > 0 ? [''] : []),
    ...table.instrumentations.map((name) => `${name}: by OpenTelemetry's instrumentation`),
    ...monitors.flatMap((name) => wrap(`${name} watches this process too: run only one of the two.`, 0)),
    ...wrap(summary(table), 0),
    '',
  ]
    .map((line) => line.trimEnd())
    .join('\n');
}

function summary({ rows, bundled }: HookTable): string {
  if (bundled)
    return 'The service is bundled: its packages are inside its own file, where they are not watched. Leave them out of the bundle (esbuild: --packages=external).';
  const missed = rows.filter(({ state }) => state === 'missed').length;
  if (missed > 0) return `${missed} of ${rows.length} packages ${missed === 1 ? 'is' : 'are'} not watched.`;
  if (rows.length === 0)
    return 'It loaded no package that is watched; HTTP and fetch are watched in Node itself.';
  return 'Every package that can be watched is.';
}

function widest(title: string, texts: readonly string[], most: number): number {
  return Math.min(most, Math.max(title.length, ...texts.map((text) => text.length)));
}

/** Words that are too long for a line, such as paths, stay whole. */
function wrap(text: string, spaces: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line && spaces + line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, line].map((it) => ' '.repeat(spaces) + it);
}
