import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ToldUndo, toldUndo } from '../../undo/fixtures/told-undo.ts';
import { startContext } from '../fixtures/start-context.ts';
import { type Running, type Server, startServer } from './server.ts';

let folder: string;
let undo: ToldUndo;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ordeal-server-'));
  undo = toldUndo();
});
afterEach(() => rm(folder, { recursive: true }));

const context = () => startContext(folder, undo);

/** A server of a few lines that finds its port taken: on its first `losses` starts somebody else is quicker. */
function unlucky(losses: number, tried: number[]): Server {
  const listen = `
    const server = require('net').createServer().listen(Number(process.argv[1]), '127.0.0.1');
    server.on('error', (error) => { console.error(String(error)); process.exit(1); });`;
  return {
    kind: 'redis',
    title: 'Unlucky',
    version: '1',
    command: ({ port }) => {
      tried.push(port);
      const taken =
        tried.length <= losses
          ? 'require("net").createServer().listen(Number(process.argv[1]), "127.0.0.1", () => { '
          : '{';
      return [
        process.execPath,
        '-e',
        `${taken}${listen}${tried.length <= losses ? '})' : '}'}`,
        String(port),
      ];
    },
    async probe({ port }: Running) {
      // While it loses, the quicker one is in the same process and would answer.
      if (tried.length <= losses) throw new Error('not ours');
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect').finally(() => socket.destroy());
    },
    stop: (child) => child.stop(),
  };
}

it('tries another port when it lost the one it chose', async () => {
  const tried: number[] = [];
  const service = await startServer(unlucky(2, tried), 'it', context());
  expect(tried).toHaveLength(3);
  expect(service.port).toBe(tried[2]);
  await service[Symbol.asyncDispose]();
  expect(undo.folders.filter((it) => existsSync(it))).toEqual([]);
});

it('gives up after the third port, with what the server says', async () => {
  const tried: number[] = [];
  const starting = startServer(unlucky(9, tried), 'it', context());
  await expect(starting).rejects.toThrow(
    /^Unlucky "it" at 127\.0\.0\.1:\d+ ended .* exit code 1[\s\S]*EADDRINUSE/,
  );
  expect(tried).toHaveLength(3);
  expect(undo.folders.filter((it) => existsSync(it))).toEqual([]);
});

it('does not try another port after another failure', async () => {
  let starts = 0;
  const broken: Server = {
    ...unlucky(0, []),
    title: 'Broken',
    command: () => {
      starts++;
      return [process.execPath, '-e', 'console.error("no disk"); process.exit(3)'];
    },
  };
  await expect(startServer(broken, 'it', context())).rejects.toThrow(
    /^Broken .* exit code 3.*\n {2}\| no disk$/,
  );
  expect(starts).toBe(1);
  expect(await readFile(join(folder, 'it.log'), 'utf8')).toBe('no disk\n');
});
