import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { providersOf, requireK6 } from '../commands/providers.ts';
import { type Host, processHost } from '../host.ts';
import type { ProofEntry } from '../journal/entry.ts';
import { realParts } from '../run/parts.ts';
import { run } from '../run/run.ts';
import { loadScenario } from '../scenario/find.ts';
import { findParts } from '../setup/find-parts.ts';
import { needs } from '../setup/fixtures/parts.ts';
import { hostOf } from '../setup/part.ts';
import { chooseProvider } from '../stack/stack.ts';
import { Desk, entriesOf } from './ordeal.ts';
import { shop } from './shop.ts';

const { runs, titled } = await needs('k6', 'postgres', 'redis');

it.runIf(runs)(titled('a fault that does not take is not believed: exit 3, no judgement met'), async () => {
  using desk = new Desk();
  desk.scenario(shop());
  const host: Host = {
    ...processHost(),
    cwd: desk.folder,
    stdout: new Writable({ write: (_, __, done) => done() }),
  };
  const parts = await findParts(host.env);
  const { provider } = await chooseProvider('local', providersOf(parts, host.env), ['postgres', 'redis']);
  const order = {
    loaded: await loadScenario(join(desk.folder, 'scenarios/shop/scenario.ts')),
    seed: 7,
    provider,
    runsFolder: join(desk.folder, 'runs'),
    k6: requireK6(parts),
    cacheFolder: hostOf(host.env).settings.cacheFolder,
    keepsJaeger: false,
    versions: {},
    replay: '',
  };
  const sabotaged = {
    ...realParts,
    inject: async (fault: Parameters<typeof realParts.inject>[0]) => ({
      fault,
      async [Symbol.asyncDispose]() {},
    }),
  };
  const verdict = await run(order, host, sabotaged, { step() {}, status() {} }, async () => {});
  expect(verdict.exitCode).toBe(3);
  expect(verdict.ending).toMatchObject({
    kind: 'harness-failed',
    message: expect.stringContaining('could not be proved'),
  });
  expect(verdict.judgements.filter(({ outcome }) => outcome === 'met')).toEqual([]);
  const proofs = entriesOf(desk.lastRun('shop')!).filter((it): it is ProofEntry => it.kind === 'proof');
  expect(proofs.at(-1)).toMatchObject({ moment: 'during', seen: 'works', proved: false });
});
