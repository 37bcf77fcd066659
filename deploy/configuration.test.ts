import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { needs, pathOf } from '../harness/setup/fixtures/parts.ts';

const run = promisify(execFile);
const file = (path: string) => join(import.meta.dirname, path);

/** What its own program says of a file; the exit code of a bad one makes it an error. */
async function check(part: 'promtool' | 'loki', args: readonly string[], env = {}): Promise<string> {
  const { stdout, stderr } = await run(await pathOf(part), args, { env });
  return stdout + stderr;
}

describe('the configuration of Grafana', () => {
  const settings = readFileSync(file('grafana/grafana.ini'), 'utf8').split(/^(?=\[)/m);
  const section = (name: string) => settings.find((it) => it.startsWith(`[${name}]\n`))?.split('\n') ?? [];

  it('lets everybody in without a login', () => {
    expect(section('auth.anonymous')).toContain('enabled = true');
    expect(section('auth')).toContain('disable_login_form = true');
  });

  it('opens with the dashboard of the service, where dashboards are provisioned from', () => {
    const home = section('dashboards').find((it) => it.startsWith('default_home_dashboard_path = '));
    const [, folder, name] = /= \$__env\{(\w+)\}\/(.*)$/.exec(home!)!;
    const provisioned = readFileSync(file('grafana/provisioning/dashboards/dashboards.yml'), 'utf8');
    expect(provisioned).toMatch(new RegExp(`^ +path: \\$${folder}$`, 'm'));
    const { uid } = JSON.parse(readFileSync(file(`../grafana/dashboards/${name}`), 'utf8'));
    expect(uid).toBe('ordeal-service');
  });
});

const prometheus = await needs('promtool');
describe.runIf(prometheus.runs)(prometheus.titled('the configuration of Prometheus'), () => {
  it('is good, with every file that it names', async () => {
    const said = await check('promtool', ['check', 'config', file('prometheus/prometheus.yml')]);
    expect(said).toContain('prometheus.yml is valid prometheus config file syntax');
    expect(said).toMatch(/rules\/alerts\.yml/);
  });
});

const loki = await needs('loki');
describe.runIf(loki.runs)(loki.titled('the configuration of Loki'), () => {
  const verify = ['-verify-config', `-config.file=${file('loki/loki.yml')}`, '-config.expand-env=true'];

  it('is good in its container, where nothing is set', async () => {
    await expect(check('loki', verify)).resolves.toBeDefined();
  });

  it('is good where its folders and addresses are others', async () => {
    const env = {
      LOKI_DATA: '/srv/loki',
      LOKI_ADDRESS: '127.0.0.1',
      LOKI_PORT: '3101',
      LOKI_RULES: '/srv/rules',
      LOKI_GRAFANA: 'https://grafana.invalid/team',
    };
    await expect(check('loki', verify, env)).resolves.toBeDefined();
  });

  it('is not, when it is not', async () => {
    await expect(check('loki', verify, { LOKI_PORT: 'many' })).rejects.toThrow('cannot unmarshal');
  });
});
