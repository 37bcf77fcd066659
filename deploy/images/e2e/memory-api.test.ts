import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, startPostgres, startRedis, until } from '../../../examples/memory-api/test-servers.ts';
import { needs } from '../../../harness/setup/fixtures/parts.ts';
import { askDocker, engine } from '../../../harness/stack/docker/desk.ts';
import { baseImages } from '../../../harness/stack/docker/images.ts';

const repository = resolve(import.meta.dirname, '../../..');
const dockerfile = join(repository, 'deploy/images/memory-api/Dockerfile');
const text = readFileSync(dockerfile, 'utf8');
const gate = await needs('docker', 'postgres', 'redis');
const run = promisify(execFile);
const buildMs = 500_000;
const soon = 60_000;

function docker(...command: string[]) {
  return run('docker', ['-H', engine!.path, ...command], { maxBuffer: 64 * 1024 * 1024 });
}

/** The one that is there, or the registry's, or else a stand-in made of Debian's packages. */
async function haveNodeImage(): Promise<void> {
  await docker('image', 'inspect', baseImages.node)
    .catch(() => docker('pull', '--quiet', baseImages.node))
    .catch(() => run('bash', [join(repository, 'deploy/stand-ins/build.sh'), 'node']));
}

describe('the Dockerfile of the memory API', () => {
  it('begins with the Node that there is a stand-in for, which is that of this repository', () => {
    expect(text).toContain(`ARG NODE_IMAGE=${baseImages.node}\n`);
    const { devDependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
    expect(baseImages.node).toBe(`node:${devDependencies.node}-bookworm-slim`);
  });

  it('copies what is there', () => {
    const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from]) => from!.split(' '));
    expect(copied).toContain('examples/memory-api');
    expect(copied.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
  });

  it('links the commands of the package', () => {
    const file = readFileSync(join(repository, 'examples/memory-api/package.json'), 'utf8');
    const links = [
      ...text.matchAll(/^RUN ln -s \/srv\/examples\/memory-api\/(\S+) \/usr\/local\/bin\/(\S+)$/gm),
    ];
    expect(Object.fromEntries(links.map(([, target, name]) => [name, target]))).toEqual(JSON.parse(file).bin);
  });
});

describe.runIf(gate.runs)(gate.titled('the image of the memory API'), () => {
  const image = `ordeal/memory-api:test-${process.pid}`;
  const parts = new AsyncDisposableStack();
  let place: string[];

  beforeAll(async () => {
    await haveNodeImage();
    parts.defer(async () => void (await askDocker('image', 'rm', '--force', image)));
    const build = ['build', '--network', 'host', '--tag', image, '--file', dockerfile, repository];
    await docker(...build);
    const [postgres, redis] = [parts.use(await startPostgres()), parts.use(await startRedis())];
    const addresses = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, SEED_COUNT: '60' };
    place = [
      ...['--network', 'host', '--user', '1000:1000', '--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL'],
      ...['--env-file', join(repository, 'deploy/memory-api/memory-api.env')],
      ...Object.entries(addresses).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ];
  }, buildMs);

  afterAll(() => parts.disposeAsync(), soon);

  /** A container as docker compose starts it, gone when the test ends. */
  async function start(env: Readonly<Record<string, string>>, ...more: string[]): Promise<string> {
    const set = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const [id] = await askDocker('run', '--detach', ...place, ...set, ...more);
    parts.defer(async () => void (await askDocker('rm', '--force', '--volumes', id!)));
    return id!;
  }

  it('seeds, serves under the preload, is visited, and ends when it is told to', async () => {
    expect(await askDocker('run', '--rm', image, 'id', '-u')).toEqual(['1000']);
    const [usage] = await askDocker('run', '--rm', image, 'memory-admin', '--help');
    expect(usage).toMatch(/^Usage: memory-admin /);
    const seed = await start({ OTEL_SDK_DISABLED: 'true' }, image, 'node', 'seed.ts');
    expect(await askDocker('wait', seed)).toEqual(['0']);

    const [port, page] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${port}`;
    const service = await start({ PORT: `${port}`, OTEL_EXPORTER_PROMETHEUS_PORT: `${page}` }, image);
    await until(async () => (await fetch(`${url}/health/ready`)).ok, soon);

    const scripts = `${join(repository, 'deploy/memory-api')}:/srv/deploy/memory-api:ro`;
    const visitor = ['--volume', scripts, image, 'node', '/srv/deploy/memory-api/visitor.ts'];
    const visiting = await start({ SERVICE_URL: url, NODE_OPTIONS: '' }, ...visitor);
    await until(async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${page}/metrics`)).text();
      expect(metrics).toMatch(/^http_requests_total\{.*http_route="\/api\/v1\/memories\/search".*\} [1-9]/m);
    }, soon);

    for (const id of [visiting, service]) {
      await askDocker('stop', '--time', '20', id);
      expect(await askDocker('wait', id)).toEqual(['0']);
    }
  }, 240_000);
});
