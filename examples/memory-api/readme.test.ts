import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../harness/setup/fixtures/parts.ts';
import {
  freePort,
  startPostgres,
  startRedis,
  type TestRedis,
  type TestServer,
  until,
} from './test-servers.ts';

/* Every command of README.md, in its order, by one shell: whoever types them gets what it says. */

const { runs, titled } = await needs('postgres', 'redis');
const here = import.meta.dirname;
const limitMs = 120_000;

describe('README.md', () => {
  it('names test files that exist', async () => {
    const section = await sectionOf(join(here, 'README.md'), 'What shows it');
    const files = [...section.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, file]) => file!);
    expect(files.length).toBeGreaterThan(18);
    for (const file of new Set(files)) await access(join(here, file));
  });

  it('names every number of the bench where it is promised', async () => {
    const promised = await sectionOf(join(here, 'README.md'), 'What shows it');
    const measured = await sectionOf(join(here, '../../docs/memory-api.md'), 'What it has to reach');
    const named = [...promised.matchAll(/`npm run bench -- memory-api` \((.*?)\)/g)].map(
      ([, names]) => names!,
    );
    const numbers = [...measured.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => `\`${name}\``);
    expect(numbers.length).toBeGreaterThan(5);
    expect(named.flatMap((names) => names.split(', ')).sort()).toEqual(numbers.sort());
  });
});

async function sectionOf(path: string, heading: string): Promise<string> {
  const text = await readFile(path, 'utf8');
  return text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
}

describe.runIf(runs)(titled('the commands of README.md'), () => {
  let postgres: TestServer;
  let redis: TestRedis;
  let folder: string;
  /** What each block has printed, in the order of the page. */
  let printed: string[];

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    folder = await cloneOf(join(here, '..', '..'));
    printed = await type(await blocksOf(await readFile(join(here, 'README.md'), 'utf8'), postgres.url));
  }, limitMs + 60_000);

  afterAll(async () => {
    await Promise.all([postgres, redis].map((server) => server?.[Symbol.asyncDispose]()));
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const block = (command: string) => printed.find((text) => text.includes(command)) ?? '';

  it('start the service', () => {
    expect(block('+ node seed.ts')).toMatch(/"status":"ok".*"postgres"/);
  });

  it.each([
    ['a page', /"pagination":\{"page":1,"limit":2,"total":100,"pages":50\}/],
    ['what was created', /"content":"Ada plays the cello"/],
    ['what was searched for', /Ada plays the cello[^\n]*"score":0\.\d+\}\],"degraded":false/],
    ['the tools', /"create_memory"/],
    ['the document', /"openapi":"3\.1\.0"/],
  ])('call it, and get %s', (_, expected) => {
    expect(block('who plays the cello')).toMatch(expected);
  });

  it('take its embeddings away, and it finds by words', () => {
    expect(block('embeddings-server')).toMatch(/"data":\[\{.*[Ss]wimming.*"degraded":true/);
  });

  it('take Redis and PostgreSQL away: the one is not missed, the other is', async () => {
    const away = block('docker stop');
    expect(away).toMatch(/"pagination":\{"page":1,"limit":3,"total":101/);
    expect(away).toMatch(/"error_code":"DATABASE_UNAVAILABLE","category":"database".*"user_message"/);
    const log = await readFile(join(folder, 'examples/memory-api/service.log'), 'utf8');
    expect(log).toMatch(/"level":"warn".*cache/);
    expect(log).toContain('"message":"stopped"');
  });

  it.each([
    ['summary', /^5,001 memories of 50 users/m],
    ['list', /page 1 of 51, 101 in all/],
    ['index', /memories_by_user/],
    ['export', /user-1\.jsonl: 101 memories/],
    ['clear', /^101 memories deleted/m],
    ['import', /^101 new, 0 changed, 0 as they were/m],
    ['optimise', /vacuumed and analysed/],
    ['analyse', /pages found in memory/],
    ['embeddings', /20 of 20 are as the provider makes them/],
    ['key', /my first key, for user-1/],
  ])('look after it: %s', (_, expected) => {
    expect(block('main.ts summary')).toMatch(expected);
  });

  /** One shell types all of them, and ends at the first that fails. */
  async function type(blocks: readonly string[]): Promise<string[]> {
    const script = [
      prelude,
      ...blocks.map((commands) => `echo '${mark}'; set -x; ${commands}{ set +x; } 2>/dev/null`),
    ].join('\n');
    const shell = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], {
      cwd: folder,
      env: {
        PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
        REDIS_URL: redis.url,
        STOPPED: folder,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk) => (output += chunk));
    const closed = once(shell, 'close');
    const timer = setTimeout(() => end(shell.pid!), limitMs);
    void stopWhenAsked('memories-redis', redis);
    void stopWhenAsked('memories-postgres', postgres);
    const [code] = await closed;
    clearTimeout(timer);
    end(shell.pid!);
    if (code !== 0) throw new Error(`the commands ended with ${code}:\n${output}`);
    return output.split(mark);
  }

  /** Says so by a second file, when the command has left the first. */
  async function stopWhenAsked(name: string, server: TestServer): Promise<void> {
    await until(() => access(join(folder, name)), limitMs).catch(() => {});
    await server.kill();
    await writeFile(join(folder, `${name}.gone`), '').catch(() => {});
  }
});

const mark = '----8<----';

/**
 * Servers come from the test, not from Docker; what is installed is what the test itself runs with. All that is printed goes
 * into one pipe: read from two, a command could stand before the mark of its block.
 */
const prelude = `
exec 2>&1
npm() { :; }
docker() {
  if [ "$1" = stop ]; then
    touch "$STOPPED/$2"
    until [ -e "$STOPPED/$2.gone" ]; do sleep 0.05; done
  fi
}`;

/** With whatever it has left behind when it failed; all is gone when it did not. */
function end(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}

/** The examples as in a clone, for commands write files where they are run; and what is installed. */
async function cloneOf(root: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'memory-api-readme-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await cp(join(root, 'examples'), join(folder, 'examples'), {
    recursive: true,
    filter: (path) => !path.endsWith('node_modules'),
  });
  const own = join('examples', 'memory-api', 'node_modules');
  await symlink(join(root, own), join(folder, own));
  return folder;
}

/** The blocks, with the addresses of this test; those that break something last. */
async function blocksOf(page: string, databaseUrl: string): Promise<string[]> {
  const [service, provider] = [await freePort(), await freePort()];
  const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, commands]) =>
    commands!
      .replaceAll('127.0.0.1:3000', `127.0.0.1:${service}`)
      .replaceAll('127.0.0.1:8081', `127.0.0.1:${provider}`)
      .replaceAll('node server.ts', `PORT=${service} node server.ts`)
      .replaceAll('node ../embeddings-server', `PORT=${provider} node ../embeddings-server`)
      .replaceAll(/DATABASE_URL=\S+/g, `DATABASE_URL=${databaseUrl}`),
  );
  const breaks = (commands: string) => /docker stop|embeddings-server/.test(commands);
  return [...blocks.filter((commands) => !breaks(commands)), ...blocks.filter(breaks)];
}
