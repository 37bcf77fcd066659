import { expect, it } from 'vitest';
import { IsoTimes } from './iso-time.ts';

const times = new IsoTimes();
const atMs = Date.UTC(2026, 10, 21, 8, 0, 0, 7);

it.each<[unknown, string]>([
  [atMs, '2026-11-21T08:00:00.007Z'],
  [atMs + 70, '2026-11-21T08:00:00.077Z'],
  [atMs + 992.9, '2026-11-21T08:00:00.999Z'],
  [atMs + 993, '2026-11-21T08:00:01.000Z'],
  [atMs - 8, '2026-11-21T07:59:59.999Z'],
  [1e11, new Date(1e11).toISOString()],
  [8.64e15 - 1, new Date(8.64e15 - 1).toISOString()],
  [1_790_000_000.25, '2026-09-21T14:13:20.250Z'],
  ['2026-11-21T08:00:00+01:00', '2026-11-21T08:00:00+01:00'],
  ['2026-11-21T08:00:00 password', '2026-11-21T08:00:00.007Z'],
  [0, '2026-11-21T08:00:00.007Z'],
  [-1, '2026-11-21T08:00:00.007Z'],
  [NaN, '2026-11-21T08:00:00.007Z'],
  [1e300, '2026-11-21T08:00:00.007Z'],
  [{}, '2026-11-21T08:00:00.007Z'],
])('%s is %s', (written, expected) => {
  expect(times.read(written, atMs)).toBe(expected);
});
