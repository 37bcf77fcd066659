import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import pg, { type Client } from 'pg';
import type { ToolPlaces } from './context.ts';
import { AdminError } from './exit.ts';

export type ToolName = 'pg_dump' | 'pg_restore';

type Environment = Readonly<Record<string, string>>;

export interface Tool {
  path: string;
  /** @throws the error of starting it */
  run(
    args: readonly string[],
    options?: { environment?: Environment; keepStdout?: boolean },
  ): Promise<{ code: number | null; output: string }>;
}

/**
 * The first of these that is as new as the server, for `pg_dump` refuses a newer one: `PG_BIN`, PATH, where the server
 * itself was installed, where Debian keeps that version.
 *
 * @throws AdminError that names what was found
 */
export async function findTool(
  client: Client,
  { toolFolder, searchPath }: ToolPlaces,
  name: ToolName,
): Promise<Tool> {
  const server = await serverOf(client);
  const folders = toolFolder
    ? [toolFolder]
    : [...searchPath, ...server.folders, `/usr/lib/postgresql/${server.major}/bin`];
  const tooOld: string[] = [];
  for (const folder of folders) {
    const path = join(folder, name);
    if (!(await isProgram(path))) continue;
    const tool = toolAt(path, searchPath);
    const version = await versionOf(tool);
    if (version !== undefined && version >= server.major) return tool;
    tooOld.push(version === undefined ? `${path} does not run` : `${path} is of version ${version}`);
  }
  const found = tooOld.length > 0 ? tooOld.join('; ') : toolFolder ? `none in ${toolFolder}` : 'none';
  throw new AdminError(
    `expected ${name} of PostgreSQL ${server.major} or later, found ${found}.\n` +
      `Install the client tools of PostgreSQL ${server.major}, or set PG_BIN to their folder.`,
  );
}

/** The folder can be known when the server is on this machine and we may ask. */
async function serverOf(client: Client): Promise<{ major: number; folders: string[] }> {
  const { rows } = await client.query<{ major: number }>(
    "select current_setting('server_version_num')::int / 10000 as major",
  );
  const asked = await client
    .query<{ setting: string }>("select setting from pg_config where name = 'BINDIR'")
    .catch(() => ({ rows: [] }));
  return { major: rows[0]!.major, folders: asked.rows.map(({ setting }) => setting) };
}

function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The major version; undefined when it does not run. */
async function versionOf(tool: Tool): Promise<number | undefined> {
  const { code, output } = await tool.run(['--version']).catch(() => ({ code: -1, output: '' }));
  const major = /\(PostgreSQL\) (\d+)/.exec(output)?.[1];
  return code === 0 && major ? Number(major) : undefined;
}

/** What libpq reads instead of arguments, which every user of the machine could see. */
export function libpqEnvironment(url: string): Environment {
  const { host, port, user, password, database } = new pg.Client({ connectionString: url });
  const query = new URL(url).searchParams;
  const given = {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    PGSSLMODE: query.get('sslmode'),
    PGSSLROOTCERT: query.get('sslrootcert'),
    PGSSLCERT: query.get('sslcert'),
    PGSSLKEY: query.get('sslkey'),
    PGAPPNAME: 'memory-admin',
  };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}

/** The end of what a tool prints is enough to say what went wrong. */
const keptOutputCharacters = 20_000;

function toolAt(path: string, searchPath: readonly string[]): Tool {
  // Debian's pg_dump is a script that needs PATH. LC_ALL keeps the messages in one language.
  const always = { PATH: searchPath.join(delimiter), LC_ALL: 'C' };
  return {
    path,
    async run(args, { environment = {}, keepStdout = true } = {}) {
      const child = spawn(path, args, {
        env: { ...always, ...environment },
        stdio: ['ignore', keepStdout ? 'pipe' : 'ignore', 'pipe'],
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (chunk) => {
          output = (output + chunk).slice(-keptOutputCharacters);
        });
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, output };
    },
  };
}
