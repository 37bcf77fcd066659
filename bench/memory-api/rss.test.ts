import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { WatchedRss } from './rss.ts';

it('tells how much memory there was', async () => {
  await using rss = new WatchedRss(process.pid);
  expect(rss.since(0).rssMb[0]).toBeGreaterThan(10);
  expect(() => rss.since(60_000)).toThrow('no memory was seen later than 60000 ms');
});

it('tells that the process is gone, instead of ending with it', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  await using rss = new WatchedRss(child.pid!);
  child.kill('SIGKILL');
  await once(rss.gone, 'abort');
  expect(rss.gone.reason.message).toBe(`process ${child.pid} ended while its memory was watched`);
});
