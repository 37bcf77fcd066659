import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { explain } from '../../../examples/memory-api/admin/exit.ts';
import { ConfigError } from '../../../examples/memory-api/config.ts';
import { MemoryAdminError } from './memory-admin.ts';
import { StoppedError } from './stopping.ts';

/** As sysexits.h has them: EX_USAGE and EX_CONFIG. */
const exitCodes = { failed: 1, badUsage: 64, badConfig: 78 } as const;

/** It was asked for in a way that cannot be right. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export interface ScriptSpec {
  /** Of the file, without `.ts`. */
  name: string;
  about: string;
  /** What exit code 1 means. */
  failed: string;
  /** What a person has to know beside the options. */
  more?: string;
}

/** A command line with a help that says what its exit codes mean. */
export function script({ name, about, failed, more }: ScriptSpec): Command {
  const codes = `Exit codes: 0 done, 1 ${failed}, 64 wrong usage, 78 wrong configuration,
130 and 143 ended by a signal.`;
  return new Command(name)
    .description(about)
    .addHelpText('after', ['', ...(more ? [more, ''] : []), codes].join('\n'))
    .exitOverride()
    .showHelpAfterError(`See node deploy/ops/${name}.ts --help.`)
    .configureOutput({ getOutHelpWidth: () => 80, getErrHelpWidth: () => 80 });
}

/** Runs it with the arguments of this process. What it throws becomes a message and an exit code. */
export async function start(command: Command): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever reads us has seen enough (`| head -1`): that is no failure.
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  try {
    await command.parseAsync();
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    // Commander has said it already.
    if (!(error instanceof CommanderError)) process.stderr.write(`${command.name()}: ${explain(error)}\n`);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.badUsage;
  if (error instanceof UsageError) return exitCodes.badUsage;
  if (error instanceof ConfigError) return exitCodes.badConfig;
  if (error instanceof MemoryAdminError || error instanceof StoppedError) return error.exitCode;
  return exitCodes.failed;
}

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `500ms`, `90s`, `15m`, `6h`, `1d`, `1w` as milliseconds. @throws InvalidArgumentError, which commander tells */
export function span(text: string): number {
  const [match, number, unit] = /^(\d+)(ms|[smhdw])$/.exec(text) ?? [];
  const ms = match ? Number(number) * unitsMs[unit as keyof typeof unitsMs] : 0;
  if (ms > 0 && Number.isSafeInteger(ms)) return ms;
  throw new InvalidArgumentError('Expected a number with ms, s, m, h, d or w, such as 15m.');
}
