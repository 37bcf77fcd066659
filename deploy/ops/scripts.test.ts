import { glob } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../examples/memory-api/test-servers.ts';
import { ops } from './testing/ops.ts';

const nowhere = { DATABASE_URL: 'postgres://ada:secret@127.0.0.1:1/nowhere', CACHE_ENABLED: 'false' };
const gone = `http://127.0.0.1:${await freePort()}`;
const away = { SERVICE_URL: gone, PROMETHEUS_URL: gone, LOKI_URL: gone, METRICS_URL: `${gone}/metrics` };

const names: string[] = [];
for await (const file of glob('*.ts', { cwd: import.meta.dirname, exclude: ['*.test.ts'] }))
  names.push(file.replace('.ts', ''));

describe('every script', () => {
  it.each(names.sort())('%s tells its options and exit codes', async (name) => {
    const { code, stdout, stderr } = await ops(name, ['--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Exit codes: 0 .*1 .*64 .*78/ms);
    expect(stdout).toContain(`Usage: ${name}`);
  });

  it.each(names)('%s refuses an option that there is not', async (name) => {
    const { code, stdout, stderr } = await ops(name, ['--shiny'], nowhere);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toMatch(/--shiny|required option/);
  });
});

describe('bad input', () => {
  it.each([
    ['backup', [], nowhere, 64, /--folder <path>/],
    ['backup', ['--folder', tmpdir(), '--keep', '0'], nowhere, 64, /whole number of at least 1/],
    ['backup', ['--folder', tmpdir()], {}, 78, /DATABASE_URL/],
    ['backup', ['--folder', tmpdir()], nowhere, 1, /nobody listens there/],
    ['restore', [], nowhere, 64, /missing required argument 'file'/],
    ['restore', ['/nowhere.dump'], nowhere, 1, /ECONNREFUSED|no such file/],
    ['recovery-exercise', ['/nowhere.dump'], {}, 78, /DATABASE_URL/],
    ['recovery-exercise', ['/nowhere.dump'], nowhere, 1, /nobody listens there/],
    ['optimise', [], {}, 78, /DATABASE_URL/],
    ['analyse', ['--running', '5'], nowhere, 64, /such as 15m/],
    ['analyse', [], { DATABASE_URL: 'mysql://ada:secret@x' }, 78, /DATABASE_URL/],
    ['archive-logs', [], {}, 64, /--folder <path>/],
    ['archive-logs', ['--folder', '/nowhere'], {}, 64, /expected a folder/],
    ['clean-logs', ['--folder', tmpdir(), '--name', '../x'], {}, 64, /letters, digits/],
    ['clean-logs', ['--folder', tmpdir(), '--keep-days', '-1'], {}, 64, /at least 0/],
    ['rotate-logs', [], {}, 64, /either --folder <path> or --file <path>/],
    ['rotate-logs', ['--file', 'a', '--folder', 'b'], {}, 64, /either --folder <path> or --file <path>/],
    ['rotate-logs', ['--file', '/nowhere.log'], {}, 1, /no such file/],
    ['rotate-logs', ['--file', 'a.txt'], {}, 64, /ends in \.log/],
    ['check-dependencies', [], {}, 78, /DATABASE_URL/],
    ['check-dependencies', [], { ...nowhere, LOKI_URL: 'loki' }, 78, /LOKI_URL/],
    ['health-monitor', ['--every', '0s'], away, 64, /such as 15m/],
    ['health-monitor', ['--once'], { SERVICE_URL: 'ftp://x' }, 78, /SERVICE_URL: expected an http/],
    ['verify-deployment', ['--wait', '1s'], { ...away, KEY: 'a b' }, 78, /KEY: expected visible/],
    ['service', ['shine'], {}, 64, /start, stop, restart/],
    ['service', ['start', '--folder', '/dev/null/x'], nowhere, 1, /ENOTDIR/],
    ['service', ['start', '--folder', tmpdir()], {}, 78, /DATABASE_URL/],
    ['ask', ['weather'], away, 64, /metrics, lines, alerts/],
    ['ask', ['metrics'], away, 64, /PromQL/],
    ['ask', ['lines'], away, 64, /LogQL/],
    ['ask', ['metrics', 'up'], away, 1, /ECONNREFUSED/],
    ['operational-report', ['--last', 'yesterday'], away, 64, /such as 15m/],
    ['operational-report', ['--until', 'now'], away, 64, /Expected a time/],
    ['operational-report', ['--format', 'pdf'], away, 64, /html, markdown, json/],
    ['operational-report', ['--out', '/nowhere/x.html'], away, 64, /there is no folder/],
    ['operational-report', [], { PROMETHEUS_URL: 'x' }, 78, /PROMETHEUS_URL/],
  ])('%s %j with %j ends with %d', async (name, args, env, code, message) => {
    const ended = await ops(name, args, env);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr + ended.stdout).not.toContain('secret');
    expect(ended.code).toBe(code);
  });
});
