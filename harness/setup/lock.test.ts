import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lock } from './lock.ts';

const never = new AbortController().signal;

it('is held by one at a time', async () => {
  const name = randomUUID();
  const order: string[] = [];
  const work = async (who: string) => {
    await using _ = await lock(name, () => order.push(`${who} waits`), never);
    order.push(`${who} in`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`${who} out`);
  };
  await Promise.all([work('a'), work('b'), work('c')]);
  const inAndOut = order.filter((it) => !it.endsWith('waits'));
  expect(inAndOut).toHaveLength(6);
  for (let i = 0; i < 6; i += 2) expect(inAndOut[i + 1]).toBe(inAndOut[i]!.replace('in', 'out'));
  expect(order).toContain('b waits');
});

it('does not wait for another folder', async () => {
  await using _ = await lock(randomUUID(), () => {}, never);
  await using __ = await lock(randomUUID(), () => expect.fail('waited'), never);
});

it('is free again when its holder was killed', async () => {
  const name = randomUUID();
  const holder = await hold(name);
  const waits = Promise.withResolvers<void>();
  const locked = lock(name, waits.resolve, never);
  await waits.promise;
  holder.kill('SIGKILL');
  await using _ = await locked;
});

it('stops waiting when it is told to', async () => {
  const name = randomUUID();
  await using _ = await lock(name, () => {}, never);
  const enough = new AbortController();
  const locked = lock(name, () => enough.abort(new Error('enough')), enough.signal);
  await expect(locked).rejects.toThrow('enough');
});

async function hold(name: string): Promise<ChildProcess> {
  const file = join(import.meta.dirname, 'lock.ts');
  const code = `
    import { lock } from ${JSON.stringify(file)};
    await lock('${name}', () => {}, new AbortController().signal);
    console.log('held');`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  return holder;
}
