import { expect, it } from 'vitest';
import { canRun, doctor } from './doctor.ts';
import type { Found, Parts } from './part.ts';

const good: Found = { path: '/usr/bin/it', version: '1.0', where: 'PATH', good: true };
const bad: Found = { ...good, good: false, problem: 'it is too old', mend: 'get a newer one' };
const nothing: Parts = {
  node: good,
  k6: good,
  postgres: undefined,
  redis: undefined,
  docker: undefined,
  jaeger: undefined,
  go: undefined,
};
const serves = { able: true, why: 'Docker answers' };
const noImage = { able: false, why: 'postgres:18 can neither be found nor pulled' };
const noEngine = { able: false, why: 'no Docker engine answers' };
const programs = { postgres: good, redis: good };

it.each([
  ['Docker that can serve', { docker: good }, serves, true],
  ['Docker without images', { docker: good }, noImage, false],
  ['Docker without images, but the programs', { docker: good, ...programs }, noImage, true],
  ['the programs alone', programs, noEngine, true],
  ['the programs, one of them too old', { ...programs, redis: bad }, noEngine, false],
  ['neither', {}, noEngine, false],
  ['Docker that can serve, but no k6', { docker: good, k6: undefined }, serves, false],
])('%s: a run is possible?', async (_, found, answer, possible) => {
  const rows = await doctor({ ...nothing, ...found }, { canServe: async () => answer });
  expect(canRun(rows)).toBe(possible);
});

it('tells what keeps a Docker that answers from serving', async () => {
  const rows = await doctor({ ...nothing, docker: good }, { canServe: async () => noImage });
  expect(rows.find(({ part }) => part === 'Docker')).toMatchObject({ good: false, mend: noImage.why });
});

it('tells what is wrong with a part and what to do', async () => {
  const rows = await doctor({ ...nothing, redis: bad }, { canServe: async () => noEngine });
  expect(rows.find(({ part }) => part === 'Redis')).toEqual({
    part: 'Redis',
    required: true,
    where: 'PATH /usr/bin/it',
    version: '1.0',
    good: false,
    mend: 'it is too old; get a newer one',
  });
});
