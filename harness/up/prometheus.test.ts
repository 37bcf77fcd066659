import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { deployFiles } from './deploy-files.ts';
import { defaultPorts } from './ports.ts';
import { prometheusServer } from './prometheus.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ordeal-targets-'));
});
afterEach(() => rm(folder, { recursive: true }));

const program = { path: '/usr/bin/prometheus', version: '3.0.0', where: 'PATH', good: true } as const;
const place = { ports: defaultPorts, files: deployFiles() };
const never = new AbortController().signal;

it.each([
  [undefined, {}],
  ['shop-api', { job: 'shop-api' }],
])('scrapes what runs, the service as %s', async (name, labels) => {
  const server = prometheusServer(program, place, ['memory-api', 'loki'], name);
  await server.prepare!(folder, never);
  expect((await readdir(join(folder, 'targets'))).sort()).toEqual(['loki.yml', 'memory-api.yml', 'runs']);
  const written = async (job: string) =>
    JSON.parse(await readFile(join(folder, 'targets', `${job}.yml`), 'utf8'));
  expect(await written('memory-api')).toEqual([{ targets: ['127.0.0.1:9464'], labels }]);
  expect(await written('loki')).toEqual([{ targets: ['127.0.0.1:3100'], labels: {} }]);
});
