import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const mainFile = fileURLToPath(new URL('../../../examples/memory-api/admin/main.ts', import.meta.url));

/** memory-admin did not do it; it has said why on stderr itself. */
export class MemoryAdminError extends Error {
  override name = 'MemoryAdminError';
  readonly exitCode: number;

  constructor(verb: string, exitCode: number) {
    super(`memory-admin ${verb} ended with ${exitCode}`);
    this.exitCode = exitCode;
  }
}

export interface MemoryAdminOptions {
  /** Goes before what the environment says. Never an argument: others could read the password there. */
  databaseUrl?: string;
  /** Settings that shall be otherwise. */
  environment?: Readonly<Record<string, string>>;
}

/**
 * Runs memory-admin with `--json` and gives what it printed. Whoever ends us ends it first, and then it is waited for, so that it is
 * known what was done.
 *
 * @throws MemoryAdminError
 */
export async function askMemoryAdmin<R>(
  args: readonly string[],
  options: MemoryAdminOptions = {},
): Promise<R> {
  const child = run([...args, '--json'], 'pipe', options);
  let printed = '';
  child.stdout!.setEncoding('utf8').on('data', (text) => (printed += text));
  const code = await codeOf(child);
  if (code !== 0) throw new MemoryAdminError(args[0]!, code);
  return JSON.parse(printed) as R;
}

/** Runs memory-admin as it is: it prints and asks itself, and its exit code becomes ours. */
export async function becomeMemoryAdmin(args: readonly string[]): Promise<void> {
  process.exitCode = await codeOf(run(args, 'inherit', {}));
}

function run(
  args: readonly string[],
  stdout: 'pipe' | 'inherit',
  { databaseUrl, environment }: MemoryAdminOptions,
) {
  return spawn(process.execPath, [mainFile, ...args], {
    env: { ...process.env, ...environment, ...(databaseUrl && { DATABASE_URL: databaseUrl }) },
    stdio: ['inherit', stdout, 'inherit'],
  });
}

async function codeOf(child: ReturnType<typeof run>): Promise<number> {
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, pass);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + constants.signals[signal!];
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, pass);
  }
}
