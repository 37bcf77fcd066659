import { Command, CommanderError } from 'commander';
import { exitCodes, OrdealError } from '../errors.ts';
import type { Host } from '../host.ts';
import { version } from '../version.ts';
import { checkCommand } from './check.ts';
import { doctorCommand } from './doctor.ts';
import { initCommand } from './init.ts';
import { judgeCommand } from './judge.ts';
import { listCommand } from './list.ts';
import { reportCommand } from './report.ts';
import { runCommand } from './run.ts';
import { setupCommand } from './setup.ts';

/** What every command gets: the world, and a way to say how it ended. */
export interface Context {
  host: Host;
  exitWith(code: number): void;
}

const commands = [
  runCommand,
  listCommand,
  checkCommand,
  initCommand,
  judgeCommand,
  reportCommand,
  setupCommand,
  doctorCommand,
];

/** Runs one command line and gives its exit code; never throws. */
export async function runProgram(args: readonly string[], host: Host): Promise<number> {
  let code: number = exitCodes.met;
  const context: Context = {
    host,
    exitWith: (it) => {
      code = it;
    },
  };
  try {
    await program(context).parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    host.stderr.write(`ordeal: ${describe(error)}\n`);
    return error instanceof OrdealError ? error.exitCode : exitCodes.harness;
  }
}

function program(context: Context): Command {
  const root = new Command('ordeal')
    .description('Puts a Node service through load and faults and says whether it held up.')
    .version(version)
    .addHelpText('after', `\nExit codes: ${exitCodeText()}`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.host.stdout.write(text),
      writeErr: (text) => void context.host.stderr.write(text),
    });
  for (const make of commands) root.addCommand(make(context).copyInheritedSettings(root));
  return root;
}

function exitCodeText(): string {
  return Object.entries(exitCodes)
    .map(([name, code]) => `${code} ${name}`)
    .join(', ');
}

/** What is ours to explain is a sentence; what is not is a bug, and its stack is what mends it. */
function describe(error: unknown): string {
  if (error instanceof OrdealError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
