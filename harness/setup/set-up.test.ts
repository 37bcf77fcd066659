import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigError, InfrastructureError } from '../errors.ts';
import { type Host, hostOf } from './part.ts';
import { type SetUpOptions, setUpOn } from './set-up.ts';

let root: string;
let said: string[];
let engine: Server;
let asked: string[];
let images: { here: string[]; inRegistry: string[] };

/** A machine of its own: a PATH with nothing but a shell, an empty cache, and an engine. */
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ordeal-set-up-'));
  said = [];
  for (const folder of ['path', 'cache']) await mkdir(join(root, folder));
  for (const tool of ['sh', 'sleep', 'cat', 'rm', 'chmod'])
    await symlink(`/bin/${tool}`, join(root, 'path', tool));
  asked = [];
  images = { here: [], inRegistry: [] };
  engine = createServer(answer).listen(join(root, 'engine.sock'));
  await once(engine, 'listening');
});
afterEach(async () => {
  engine.close();
  await rm(root, { recursive: true });
});

/** As the Docker Engine API answers; a container's k6 is the one in `image`. */
function answer({ method, url }: IncomingMessage, response: ServerResponse): void {
  asked.push(`${method} ${url!.replace(/\?$/, '')}`);
  const { pathname, searchParams } = new URL(url!, 'http://engine');
  const image = /^\/images\/(.*)\/json$/.exec(pathname)?.[1];
  if (pathname === '/version') response.end('{"Version":"28.2.2"}');
  else if (image)
    response.writeHead(images.here.includes(image) ? 200 : 404).end('{"message":"no such image"}');
  else if (pathname === '/images/create') {
    const isThere = images.inRegistry.includes(searchParams.get('fromImage')!);
    response.end(isThere ? '{"status":"Pulling"}\n{"status":"Done"}\n' : '{"error":"manifest unknown"}\n');
  } else if (pathname === '/containers/create') response.writeHead(201).end('{"Id":"c0ffee"}');
  else if (method === 'DELETE') response.writeHead(204).end();
  else spawn('tar', ['-c', '-C', join(root, 'image'), 'k6']).stdout.pipe(response);
}

const never = new AbortController().signal;

function machine(env: Record<string, string> = {}, more: Partial<Host> = {}): Host {
  const own = {
    PATH: join(root, 'path'),
    ORDEAL_CACHE_DIR: join(root, 'cache'),
    DOCKER_HOST: `unix://${root}/none`,
  };
  return { ...hostOf({ ...own, ...env }), ...more };
}

const withEngine = () => ({ DOCKER_HOST: `unix://${join(root, 'engine.sock')}` });

function setUp(host: Host, options: Partial<SetUpOptions> = {}): Promise<void> {
  return setUpOn(host, { stack: 'docker', say: (line) => said.push(line), signal: never, ...options });
}

async function program(path: string, script: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

const k6 = "echo 'k6 v1.8.1 (go1.26.8, linux/amd64)'";

/** A Go whose `install` does what `install` says. */
function go(install: string): Promise<void> {
  return program(
    'path/go',
    `[ "$1" = version ] && { echo go version go1.26.8 linux/amd64; exit; }\n${install}`,
  );
}

/** Leaves a line for each build and makes the program, after a while in which others can come. */
const slowInstall = () => `echo "$@ CGO=$CGO_ENABLED" >> ${root}/builds
sleep 0.3
printf '#!/bin/sh\\n%s\\n' "${k6}" > $GOBIN/k6
chmod 755 $GOBIN/k6`;

describe('nothing is missing', () => {
  it('says nothing and does nothing', async () => {
    await program('path/k6', k6);
    await setUp(machine(withEngine()));
    expect(said).toEqual([]);
    expect(await readdir(join(root, 'cache'))).toEqual([]);
  });
});

describe('k6 is missing', () => {
  const imageLine = 'k6: copy k6 out of the image grafana/k6:1.8.1 (pulled when it is not there)';
  const buildLine = 'k6: build k6 with Go: go install go.k6.io/k6@v1.8.1 (about 75 s, 70 MB)';

  it('is built when its image cannot be had; says so before and after', async () => {
    await go(slowInstall());
    await setUp(machine(withEngine()));
    expect(said).toEqual([imageLine, buildLine, `k6: 1.8.1 is ready, ${join(root, 'cache/bin/k6')}`]);
    expect(await readFile(join(root, 'builds'), 'utf8')).toBe('install go.k6.io/k6@v1.8.1 CGO=0\n');
    expect(await readdir(join(root, 'cache/bin'))).toEqual(['k6']);
    expect(asked.filter((it) => it !== 'GET /version')).toEqual([
      'GET /images/grafana/k6:1.8.1/json',
      'POST /images/create?fromImage=grafana%2Fk6%3A1.8.1',
    ]);
  });

  it.each([
    ['has it', ['grafana/k6:1.8.1'], 0],
    ['can pull it', [], 1],
  ])('is copied out of its image when the engine %s', async (_, here, pulls) => {
    images.here.push(...here);
    images.inRegistry.push('grafana/k6:1.8.1');
    await program('image/k6', k6);
    await setUp(machine(withEngine()));
    expect(said).toEqual([imageLine, `k6: 1.8.1 is ready, ${join(root, 'cache/bin/k6')}`]);
    expect(asked.filter((it) => it.startsWith('POST /images/create'))).toHaveLength(pulls);
    expect(asked.at(-1)).toBe('DELETE /containers/c0ffee?force=1');
  });

  it('is got once by two set-ups at the same time', async () => {
    await go(slowInstall());
    await Promise.all([setUp(machine(withEngine())), setUp(machine(withEngine()))]);
    expect(await readFile(join(root, 'builds'), 'utf8')).toBe('install go.k6.io/k6@v1.8.1 CGO=0\n');
    expect(said).toContain('another set-up is at work here, waiting for it');
    expect(said.filter((line) => line === buildLine)).toHaveLength(1);
  });

  it('names what was tried and what to do when it cannot be had', async () => {
    await go('echo go: no route to host >&2; exit 1');
    const failing = setUp(machine(), { stack: 'auto' });
    await expect(failing).rejects.toBeInstanceOf(InfrastructureError);
    await expect(failing).rejects.toThrow(
      [
        'k6 is missing and could not be had:',
        '- copy k6 out of the image grafana/k6:1.8.1 (pulled when it is not there): Docker does not answer',
        `- build k6 with Go: go install go.k6.io/k6@v1.8.1 (about 75 s, 70 MB): \`${root}/path/go install go.k6.io/k6@v1.8.1\` ended with 1:`,
        '  | go: no route to host',
        'What to do: run `npx ordeal setup`, or install k6',
      ].join('\n'),
    );
  });

  it('leaves nothing half done when it is told to stop', async () => {
    await go(`echo >> ${root}/builds; exec sleep 60`);
    const enough = new AbortController();
    const stopped = expect(setUp(machine(), { stack: 'auto', signal: enough.signal })).rejects.toThrow(
      'enough',
    );
    await vi.waitFor(() => readFile(join(root, 'builds')), { timeout: 10_000 });
    enough.abort(new Error('enough'));
    await stopped;
    expect(await readdir(join(root, 'cache/bin'))).toEqual([]);
  });

  it('does not take what does not run', async () => {
    await go("printf '#!/bin/sh\\nexit 1\\n' > $GOBIN/k6; chmod 755 $GOBIN/k6");
    await expect(setUp(machine(), { stack: 'auto' })).rejects.toThrow(/done, but it does not run/);
  });
});

describe('the observability stack is asked for', () => {
  const programs = ['prometheus', 'promtool', 'alertmanager', 'amtool', 'loki'];

  /** A Go whose modules lie read-only in a cache and say that one of theirs lies in a folder of their own. */
  async function goOfModules(): Promise<void> {
    await mkdir(join(root, 'modules', 'inner'), { recursive: true });
    await writeFile(join(root, 'modules', 'go.mod'), 'module m', { mode: 0o444 });
    await go(`echo "$@" >> ${root}/builds
case "$*" in
  "mod download"*) echo 'go: downloading' >&2; echo '{ "Dir": "${root}/modules" }' ;;
  *"mod edit -json") echo '{ "Replace": [{ "Old": { "Path": "local" }, "New": { "Path": "./local" } },' \
    '{ "Old": { "Path": "far" }, "New": { "Path": "example.com/far" } }] }' ;;
  *" build "*)
    while [ $# -gt 1 ]; do [ "$1" = -o ] && out=$2; [ "$1" = -ldflags ] && version=\${2##*=}; shift; done
    printf '#!/bin/sh\\necho %s, version %s\\n' "\${1##*/}" "$version" > $out
    chmod 755 $out ;;
esac`);
  }

  it('builds each program in a copy of its module, once, and leaves Grafana to the person', async () => {
    await program('path/k6', k6);
    await symlink('/bin/cp', join(root, 'path', 'cp'));
    await program('path/jaeger', 'echo \'{"gitVersion":"v1.62.0"}\'');
    await goOfModules();
    const host = machine(withEngine());
    await setUp(host, { observability: true });
    const made = await readdir(join(root, 'cache/bin'));
    expect(made.map((it) => it.replace(/-.*/, '')).sort()).toEqual([...programs].sort());
    const builds = await readFile(join(root, 'builds'), 'utf8');
    expect(builds).toContain('mod download -json github.com/grafana/loki/v3@v3.7.8\n');
    expect(builds.match(/-dropreplace=.*/g)).toEqual(programs.map(() => '-dropreplace=local'));
    expect(said.filter((line) => line.startsWith('Loki: '))).toEqual([
      'Loki: copy Loki out of the image grafana/loki:3.7.8 (pulled when it is not there)',
      'Loki: build Loki 3.7.8 with Go (about 5 min, 160 MB)',
      expect.stringMatching(/^Loki: 3\.7\.8 is ready, .*cache\/bin\/loki-3\.7\.8-/),
    ]);
    said.length = 0;
    await setUp(host, { observability: true });
    expect(said).toEqual([]);
  });

  it('is not when it is not: nothing of it is looked for', async () => {
    await program('path/k6', k6);
    await setUp(machine({ ...withEngine(), LOKI_BIN: '/nonexistent' }));
    expect(said).toEqual([]);
  });
});

describe('a path in the environment that is wrong', () => {
  it.each(['K6_BIN', 'REDIS_SERVER_BIN', 'POSTGRES_BIN_DIR', 'JAEGER_BIN'])(
    '%s is named',
    async (variable) => {
      await program('path/k6', k6);
      const failing = setUp(machine({ ...withEngine(), [variable]: '/nonexistent' }));
      await expect(failing).rejects.toBeInstanceOf(ConfigError);
      await expect(failing).rejects.toThrow(
        `${variable}=/nonexistent: there is no such program; set ${variable} to one that works, or unset it`,
      );
    },
  );
});

describe('Redis by the package manager', () => {
  const redis = () => `printf '#!/bin/sh\\necho Valkey server v=8.0.1 sha=0\\n' > ${root}/path/valkey-server
chmod 755 ${root}/path/valkey-server`;

  /** Everything but Redis is there; the database's programs are the real ones. */
  async function withoutRedis(): Promise<Record<string, string>> {
    await program('path/k6', k6);
    await program('path/dnf', `echo "$@" >> ${root}/calls; [ "$3" = valkey ] || exit 1\n${redis()}`);
    await program('path/sudo', `echo sudo >> ${root}/calls; exec "$@"`);
    await program('pg/postgres', 'echo "postgres (PostgreSQL) 18.4"; cat > /dev/null');
    await program('pg/initdb', 'echo "initdb (PostgreSQL) 18.4"; [ "$1" = --version ] || /bin/mkdir "$2"');
    return { POSTGRES_BIN_DIR: join(root, 'pg') };
  }

  const calls = () => readFile(join(root, 'calls'), 'utf8').catch(() => '');
  const person = { uid: 1000, serverUid: undefined };

  it.each([
    ['root is not asked', { uid: 0, serverUid: undefined }, {}, 'install -y valkey\n'],
    ['a person who said yes is not asked', person, { yes: true }, 'sudo\ninstall -y valkey\n'],
    ['a person who says yes', person, { ask: async () => true }, 'sudo\ninstall -y valkey\n'],
  ])('%s', async (_, user, options, expected) => {
    const env = await withoutRedis();
    await setUp(machine(env, user), { stack: 'local', ...options });
    expect(await calls()).toBe(expected);
    expect(said.at(-2)).toBe(`Redis: 8.0.1 is ready, ${join(root, 'path/valkey-server')}`);
    expect(said.at(-1)).toBe('PostgreSQL: making the empty database');
  });

  it.each([
    ['nobody is there to ask', {}],
    ['the person says no', { ask: async () => false }],
  ])('%s: nothing is changed', async (_, options) => {
    const env = await withoutRedis();
    const failing = setUp(machine(env, person), { stack: 'local', ...options });
    await expect(failing).rejects.toThrow(
      /^Redis is missing and could not be had:\n- sudo dnf install .*: needs your yes \(`--yes`\)\nWhat to do: /,
    );
    expect(await calls()).toBe('');
  });

  it('is not needed where Docker serves, and is where it cannot', async () => {
    const env = { ...(await withoutRedis()), ...withEngine() };
    const host = machine(env, { uid: 0, serverUid: undefined });
    await setUp(host, { stack: 'auto' });
    expect(await calls()).toBe('');
    await setUp(host, { stack: 'auto', docker: { canServe: async () => ({ able: false }) } });
    expect(await calls()).toBe('install -y valkey\n');
  });
});
