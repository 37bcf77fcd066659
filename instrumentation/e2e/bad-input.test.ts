import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtPreload } from '../testing/built-preload.ts';
import { needsNodes, nodeBinary } from '../testing/nodes.ts';
import { FixtureService } from '../testing/service.ts';
import { Sink } from '../testing/sink.ts';

const preload = await builtPreload();
const old = await needsNodes('20');
const uuid = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;
const folder = mkdtempSync(join(tmpdir(), 'preload-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lines of ours; every other line of stderr fails the test. */
function ours(stderr: string): string[] {
  const lines = stderr.split('\n').filter(Boolean);
  expect(lines.filter((line) => !line.startsWith('@ordeal/preload: '))).toEqual([]);
  return lines;
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const dead = 'http://127.0.0.1:9';
const missing = join(folder, 'missing', 'file.json');

it.each<[env: Record<string, string>, said: RegExp[]]>([
  [{ OTEL_SDK_DISABLED: 'true' }, []],
  [{ OTEL_SDK_DISABLED: 'true', OTEL_PROPAGATORS: 'b3', ORDEAL_SLOW_MS: 'soon' }, []],
  [{ ORDEAL_LOKI_URL: 'nowhere' }, [/ORDEAL_LOKI_URL.*nowhere/]],
  [{ ORDEAL_LOKI_URL: 'user:s3cret@loki:3100' }, [/ORDEAL_LOKI_URL(?!.*s3cret)/]],
  [{ OTEL_METRIC_EXPORT_INTERVAL: '2147483648' }, [/OTEL_METRIC_EXPORT_INTERVAL.*2147483648/]],
  [
    { OTEL_PROPAGATORS: 'b3', OTEL_EXPORTER_OTLP_CERTIFICATE: missing },
    [/OTEL_PROPAGATORS is not supported/, /OTEL_EXPORTER_OTLP_CERTIFICATE.*NODE_EXTRA_CA_CERTS/],
  ],
  [{ OTEL_PROPAGATORS: 'tracecontext', OTEL_LOG_LEVEL: 'info' }, []],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: ':::' }, [/OTEL_EXPORTER_OTLP_ENDPOINT/]],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'ftp://127.0.0.1' }, [/OTEL_EXPORTER_OTLP_TRACES_ENDPOINT/]],
  [
    { OTEL_BSP_SCHEDULE_DELAY: 'soon', OTEL_METRIC_EXPORT_INTERVAL: '-1', OTEL_TRACES_SAMPLER: 'some' },
    [/OTEL_TRACES_SAMPLER.*some/, /OTEL_BSP_SCHEDULE_DELAY.*soon/, /OTEL_METRIC_EXPORT_INTERVAL.*-1/],
  ],
  [{ ORDEAL_BUFFER_MB: '1e9' }, [/ORDEAL_BUFFER_MB/]],
  [{ ORDEAL_SLOW_MS: 'NaN', ORDEAL_SLOW_QUERY_MS: '' }, [/ORDEAL_SLOW_MS/]],
  [{ ORDEAL_METRICS_FILE: missing }, [/missing.*file\.json/]],
  [{ ORDEAL_METRICS_FILE: folder }, [/not a file|directory/]],
  [{ ORDEAL_METRICS_FILE: file('broken.json', '{') }, [/broken\.json/]],
  [
    { ORDEAL_METRICS_FILE: file('wrong.json', '{"metrics":[{"channel":"a","name":"b","kind":"sum"},7]}') },
    [/metrics\[0\]\.kind.*"sum"/, /metrics\[1\]/],
  ],
  // A folder cannot be written as a file, not even by root.
  [{ ORDEAL_HOOKS_FILE: folder }, [/ORDEAL_HOOKS_FILE|preload-/]],
  [{ ORDEAL_HOOKS_FILE: join(file('plain.txt', ''), 'hooks.json') }, [/ORDEAL_HOOKS_FILE|plain\.txt/]],
  [{ ORDEAL_CONTROL: '0.0.0.0:1', ORDEAL_CONTROL_TOKEN: 'x' }, [/ORDEAL_CONTROL/]],
])('%j is said once and harms nothing', async (env, said) => {
  await using service = await new FixtureService('small.cjs', { preload, env }).listening();
  for (let asked = 0; asked < 3; asked++)
    expect(await (await fetch(`${service.url}/quiet`)).text()).toBe('ok');
  const { signal, stderr } = await service.stop('SIGTERM');
  expect(signal).toBe('SIGTERM');
  const lines = ours(stderr);
  expect(lines).toHaveLength(said.length);
  for (const pattern of said) expect(lines.filter((line) => pattern.test(line))).toHaveLength(1);
});

it('says once, in one line, that nobody takes what it sends', async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: dead, ORDEAL_LOKI_URL: dead, OTEL_BSP_SCHEDULE_DELAY: '50' };
  await using service = await new FixtureService('small.cjs', { preload, env }).listening();
  for (let number = 0; number < 20; number++) {
    await (await fetch(`${service.url}/line/${number}`)).text();
    await new Promise((go) => setTimeout(go, 50));
  }
  const lines = ours((await service.stop('SIGTERM')).stderr);
  // One for each address and signal at most.
  expect(lines.length).toBeGreaterThanOrEqual(1);
  expect(lines.length).toBeLessThanOrEqual(4);
  expect(new Set(lines).size).toBe(lines.length);
});

it.each([{}, { OTEL_TRACES_EXPORTER: 'otlp', OTEL_METRICS_EXPORTER: 'otlp' }])(
  'connects to nothing and says nothing when no endpoint is named: %j',
  async (given) => {
    const run = async (preloaded?: string) => {
      const env = { NODE_DEBUG: 'net', ...given };
      const options = { preload: preloaded, env, args: ['by itself'], listens: false };
      const { code, stderr } = await new FixtureService('ends.cjs', options).ended;
      const lines = stderr.split('\n');
      return {
        code,
        connects: lines.filter((line) => line.includes('connect: ')).length,
        said: lines.filter((line) => line.startsWith('@ordeal/preload')).length,
      };
    };
    const plain = await run();
    expect(plain.connects).toBeGreaterThan(0);
    expect(await run(preload)).toEqual(plain);
  },
);

it.runIf(old.runs)(
  old.titled('a Node that is too old is told in one line, and nothing else happens'),
  async () => {
    await using sink = await Sink.start();
    const run = (preloaded?: string) =>
      nodeBinary('20').then(
        (node) =>
          new FixtureService('ends.cjs', {
            node,
            preload: preloaded,
            env: sink.environment,
            args: ['by itself'],
            listens: false,
          }).ended,
      );
    const [plain, watched] = [await run(), await run(preload)];
    expect(watched.code).toBe(plain.code);
    const lines = ours(watched.stderr);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/22\.15.*20\.20\.2|20\.20\.2.*22\.15/);
    expect(JSON.parse(watched.stdout)).not.toHaveProperty('trace_id');
    expect(sink.connections).toBe(0);
  },
);

describe('every answer', () => {
  let service: FixtureService;
  beforeAll(async () => {
    service = await new FixtureService('answers.cjs', { preload }).listening();
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it.each([
    ['/head', 200, 'head'],
    ['/head-list', 200, 'head'],
    ['/stream', 200, 'first last'],
    ['/empty', 204, ''],
    ['/nowhere', 404, ''],
  ])('%s is as without, plus a request id', async (path, status, body) => {
    const response = await fetch(service.url + path);
    expect([response.status, await response.text()]).toEqual([status, body]);
    expect(response.headers.get('x-request-id')).toMatch(uuid);
  });

  it.each([
    ['my.id_1-a', true],
    ['x'.repeat(128), true],
    ['x'.repeat(129), false],
    ['x'.repeat(8000), false],
    ['a b', false],
    ['a/b', false],
    ['ä', false],
    ['', false],
  ])('to the request id %s keeps it: %s', async (id, kept) => {
    const response = await fetch(`${service.url}/head`, { headers: { 'x-request-id': id } });
    const answered = response.headers.get('x-request-id');
    if (kept) expect(answered).toBe(id);
    else expect(answered).toMatch(uuid);
  });

  it('a connection that the service destroys is destroyed', async () => {
    await expect(fetch(`${service.url}/destroyed`)).rejects.toThrow();
  });
});
