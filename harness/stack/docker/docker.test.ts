import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { InfrastructureError } from '../../errors.ts';
import { removeContainers } from '../../undo/containers.ts';
import { postgresLogin } from '../service.ts';
import { startStack } from '../stack.ts';
import { askDocker, engine, openDesk, runs, titled } from './desk.ts';
import { dockerProvider } from './docker.ts';
import { imagesFrom } from './images.ts';

const images = imagesFrom({});
const provider = dockerProvider({ images, engine });

describe('without an engine', () => {
  const none = dockerProvider({ images, engine: undefined });

  it('says so at once', async () => {
    expect(await none.canServe(['postgres', 'redis'])).toEqual({
      able: false,
      why: 'no Docker engine answers',
    });
  });

  it('starts no Jaeger and tells where traces stay', async () => {
    await using desk = await openDesk();
    expect(await none.startJaeger(desk.context)).toBeUndefined();
    expect(desk.notes.join()).toContain("traces stay in the run's folder");
  });

  it('refuses to start anything', async () => {
    await using desk = await openDesk();
    await expect(none.start('db', { kind: 'postgres' }, desk.context)).rejects.toThrow(/--stack local/);
  });
});

describe.runIf(runs)(titled('PostgreSQL, Redis and Jaeger in containers'), () => {
  it('have an engine', () => {
    expect(engine, 'with CI set an engine has to answer').toMatchObject({ good: true });
  });

  it('says which engine it takes', async () => {
    expect(await provider.canServe(['postgres', 'redis'])).toEqual({
      able: true,
      why: `Docker ${engine!.version} answers at ${engine!.path}`,
    });
  });

  it('cannot serve with an image that is nowhere', async () => {
    const redis = 'registry.invalid/no-such-redis:1';
    const { able, why } = await dockerProvider({ images: { ...images, redis }, engine }).canServe(['redis']);
    expect({ able, why }).toEqual({ able: false, why: expect.stringContaining(redis) });
    expect(why).toContain('deploy/stand-ins/build.sh');
  });

  it('answer at 127.0.0.1 and nowhere else, and leave nothing behind', { timeout: 90_000 }, async () => {
    await using desk = await openDesk();
    const stack = await startStack(
      provider,
      { db: { kind: 'postgres' }, cache: { kind: 'redis' } },
      desk.context,
      { folder: desk.context.folder, env: {} },
    );
    const jaeger = await provider.startJaeger(desk.context);
    const services = [...stack.services.values(), jaeger!];

    expect(services.map(({ version }) => version)).toEqual([
      expect.stringMatching(/^PostgreSQL \d+/),
      expect.stringMatching(/^Redis \d+\.\d+/),
      'Jaeger 1.62.0',
    ]);
    expect(jaeger?.ports).toEqual({ query: jaeger?.port, otlpHttp: expect.any(Number) });
    expect(await answerOf(stack.services.get('db')!.port)).toBe(postgresLogin.user);

    const ids = await desk.containers();
    expect(ids).toHaveLength(3);
    const published = (await Promise.all(ids.map((id) => askDocker('port', id)))).flat();
    expect(published).toHaveLength(4);
    for (const line of published) expect(line).toContain('-> 127.0.0.1:');
    for (const { port } of services) expect(await listeningAt(port)).toEqual(['127.0.0.1']);

    const volumes = await askDocker('inspect', '-f', '{{range .Mounts}}{{println .Name}}{{end}}', ...ids);
    expect(volumes).toHaveLength(3);

    await Promise.all([stack[Symbol.asyncDispose](), jaeger![Symbol.asyncDispose]()]);
    expect(await desk.containers()).toEqual([]);
    const left = await askDocker('volume', 'ls', '-q');
    expect(left.filter((volume) => volumes.includes(volume))).toEqual([]);
    expect(await readFile(join(desk.context.folder, 'db.log'), 'utf8')).toContain(
      'ready to accept connections',
    );
  });

  it('disposes twice without harm', async () => {
    await using desk = await openDesk();
    const redis = await provider.start('cache', { kind: 'redis' }, desk.context);
    await redis[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
    expect(await redis.logTail()).toContain('Ready to accept connections');
  });

  it('removes containers by label, for the watchdog', async () => {
    await using desk = await openDesk();
    await using _redis = await provider.start('cache', { kind: 'redis' }, desk.context);
    const { labels } = desk.context.undo;
    const outcomes = [
      await removeContainers(engine!.path, labels),
      await removeContainers(engine!.path, labels),
    ];
    expect(outcomes).toEqual([1, 0]);
    expect(await desk.containers()).toEqual([]);
  });

  it('stops the others when the third does not start', async () => {
    await using desk = await openDesk();
    // There is no redis-server in PostgreSQL's image.
    const specs = {
      one: { kind: 'redis' },
      two: { kind: 'postgres' },
      three: { kind: 'redis', image: images.postgres },
    } as const;
    const home = { folder: desk.context.folder, env: {} };
    await expect(startStack(provider, specs, desk.context, home)).rejects.toThrow('Redis "three"');
    expect(await desk.containers()).toEqual([]);
  });

  it('shows the end of the log of an image that never answers', async () => {
    await using desk = await openDesk();
    const impatient = dockerProvider({ images, engine, readyTimeoutMs: 1_500 });
    const starting = impatient.start('db', { kind: 'postgres', image: images.redis }, desk.context);
    const error = await starting.then(String, String);
    expect(error).toContain('did not answer within 1500 ms (last attempt: ');
    expect(error).toContain('Ready to accept connections');
    expect(await desk.containers()).toEqual([]);
  });

  it('gives up a start that is interrupted', async () => {
    const controller = new AbortController();
    await using desk = await openDesk(controller.signal);
    const starting = provider.start('db', { kind: 'postgres' }, desk.context);
    const interrupted = expect(starting).rejects.toThrow('enough');
    await expect.poll(desk.containers, { timeout: 20_000 }).toHaveLength(1);
    controller.abort(new Error('enough'));
    await interrupted;
    expect(await desk.containers()).toEqual([]);
  });

  it('leaves nothing when it is interrupted from the first moment on', async () => {
    await using desk = await openDesk(AbortSignal.abort(new Error('enough')));
    await expect(provider.start('cache', { kind: 'redis' }, desk.context)).rejects.toThrow('enough');
    expect(await desk.containers()).toEqual([]);
  });

  it('shows the end of the log of an image that ends at once', async () => {
    await using desk = await openDesk();
    const broken = provider.start('cache', { kind: 'redis', image: images.postgres }, desk.context);
    const error = await broken.then(
      () => undefined,
      (it: unknown) => it,
    );
    expect(error).toBeInstanceOf(InfrastructureError);
    expect(String(error)).toContain(`Redis "cache" from the image ${images.postgres} did not start`);
    expect(String(error)).toContain('redis-server');
    expect(await desk.containers()).toEqual([]);
  });

  it('names the image that is nowhere, and the ways out', async () => {
    await using desk = await openDesk();
    const image = 'registry.invalid/no-such-image:1';
    await expect(provider.start('db', { kind: 'postgres', image }, desk.context)).rejects.toThrow(
      /registry\.invalid\/no-such-image:1 is not in the engine .*deploy\/stand-ins\/build\.sh.*--stack local/,
    );
    expect(desk.notes).toEqual([`pulling the image ${image}`]);
  });
});

async function answerOf(port: number): Promise<string> {
  const client = new pg.Client({ ...postgresLogin, host: '127.0.0.1', port });
  await client.connect();
  try {
    return (await client.query<{ current_user: string }>('SELECT current_user')).rows[0]!.current_user;
  } finally {
    await client.end();
  }
}

/** The addresses that this machine listens at on a port, after proc_pid_net(5). */
async function listeningAt(port: number): Promise<string[]> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8')));
  const listening = '0A';
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return tables
    .flatMap((table) => table.split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(suffix) && state === listening)
    .map(([, local]) => (local!.startsWith('0100007F') ? '127.0.0.1' : local!));
}
