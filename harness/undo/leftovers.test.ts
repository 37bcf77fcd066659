import { expect, it } from 'vitest';
import { findLeftovers } from './leftovers.ts';
import { type ProcessRow, parseStat } from './process-table.ts';

const marker = 'ORDEAL_RUN=no-process-carries-this';

it.each<[string, { told?: [number, string][]; spared?: number[]; table: ProcessRow[] }, number[]]>([
  ['one that was told of', { told: [[9_000_010, '5']], table: [row(10, 1, 10, '5')] }, [10]],
  ['not one that has its pid again', { told: [[9_000_010, '5']], table: [row(10, 1, 10, '6')] }, []],
  [
    'all below it',
    { told: [[9_000_010, '5']], table: [row(12, 11, 12, '7'), row(11, 10, 11, '6'), row(10, 1, 10, '5')] },
    [12, 11, 10],
  ],
  [
    'its group, when the leader has ended and nobody has asked yet',
    { told: [[9_000_010, '5']], table: [row(10, 2, 10, '5', true), row(11, 1, 10, '6')] },
    [11],
  ],
  [
    'not the group that it is merely a member of',
    { told: [[9_000_010, '5']], table: [row(10, 3, 3, '5'), row(3, 1, 3, '1'), row(4, 3, 3, '2')] },
    [10],
  ],
  [
    'never the harness or the watchdog',
    {
      told: [[9_000_010, '5']],
      spared: [9_000_010, 9_000_011],
      table: [row(10, 1, 10, '5'), row(11, 10, 11, '6')],
    },
    [],
  ],
])('finds %s', (_what, { told = [], spared = [], table }, expected) => {
  const orders = told.map(([pid, startedTicks]) => ({ undo: 'process' as const, pid, startedTicks }));
  const found = findLeftovers(orders, marker, new Set(spared), table);
  expect(found.map(({ pid }) => pid - 9_000_000)).toEqual(expected);
});

it('reads a process whose name tries to look like something else', () => {
  const stat = '4711 (a) S 1 1 (x) Z) S 22 33 44 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1 2';
  expect(parseStat(stat)).toEqual({
    pid: 4711,
    parent: 22,
    group: 33,
    startedTicks: '987654',
    zombie: false,
  });
});

/** Pids above the kernel's limit of 2^22, so that no real environment is read. */
function row(pid: number, parent: number, group: number, startedTicks: string, zombie = false): ProcessRow {
  const base = 9_000_000;
  return { pid: base + pid, parent: base + parent, group: base + group, startedTicks, zombie };
}
