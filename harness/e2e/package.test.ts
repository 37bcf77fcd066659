import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { needs } from '../setup/fixtures/parts.ts';
import { startReceiver } from '../telemetry/start-receiver.ts';
import { repository } from './ordeal.ts';
import { fixture } from './shop.ts';

const path = `${dirname(process.execPath)}:${process.env.PATH}`;
const folder = mkdtempSync(join(tmpdir(), 'ordeal-packed-'));
const shopPackage = {
  name: '@acme/Shop_API',
  private: true,
  type: 'commonjs',
  scripts: { start: 'node server.js' },
  dependencies: { ioredis: '6.0.0', pg: '8.23.1', express: '5.3.0' },
};

function npm(cwd: string, ...args: string[]): string {
  const env = { ...process.env, PATH: path };
  return execFileSync('npm', args, { cwd, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
}

function ordeal(...args: string[]): string {
  return npm(folder, 'exec', '--', 'ordeal', ...args);
}

/** The first TypeScript block of a page. */
function example(page: string): string {
  return /```ts\n(.*?)```/s.exec(readFileSync(join(repository, page), 'utf8'))![1]!;
}

const { runs, titled } = await needs('k6', 'postgres', 'redis');

describe.runIf(runs)(titled('the packages, installed into the folder of a CommonJS service'), () => {
  beforeAll(() => {
    npm(repository, 'pack', '--pack-destination', folder);
    npm(repository, 'pack', '-w', '@ordeal/preload', '--pack-destination', folder);
    const tarballs = readdirSync(folder).map((name) => join(folder, name));
    expect(tarballs).toHaveLength(2);
    writeFileSync(join(folder, 'package.json'), JSON.stringify(shopPackage));
    npm(folder, 'install', '--no-audit', '--no-fund', '--prefer-offline', '--save-dev', ...tarballs);
    copyFileSync(fixture('shop/server.cjs'), join(folder, 'server.js'));
  }, 300_000);

  afterAll(() => rmSync(folder, { recursive: true }));

  it('`init` writes a scenario that `check` finds good, once', () => {
    expect(ordeal('init')).toContain('scenario.mts');
    expect(ordeal('check', '.')).toContain('shop-api: good (65 s, 3 SLOs)');
    expect(() => ordeal('init')).toThrow('exists already');
  });

  it('run the example of docs/writing-a-scenario.md', () => {
    writeFileSync(join(folder, 'scenario.mts'), example('docs/writing-a-scenario.md'));
    expect(ordeal('run', '.', '--stack', 'local', '--seed', '7')).toContain('(exit 0)');
  });

  it('watch a service by themselves', async () => {
    await using receiver = await startReceiver({ folder, onEntry() {} });
    const env = {
      PATH: path,
      PORT: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '50',
    };
    const service = `
      const server = require('node:http').createServer((request, response) => response.end('served'));
      server.listen(0, '127.0.0.1', () => fetch('http://127.0.0.1:' + server.address().port));`;
    const child = spawn(process.execPath, ['--import', '@ordeal/preload', '--eval', service], {
      cwd: folder,
      env,
    });
    try {
      await vi.waitFor(() => expect(receiver.serverSpans).toBe(1), { timeout: 10_000 });
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  });
});
