import { Command, CommanderError } from 'commander';
import { exitCodes, OrdealError } from '../errors.ts';
import type { Host } from '../host.ts';
import { version } from '../version.ts';
import type { Context } from './context.ts';

/** Each is loaded when it is asked for: charts, protobuf and database clients take longer to load than most commands. */
const commands = {
  run: async () => (await import('./run.ts')).runCommand,
  list: async () => (await import('./list.ts')).listCommand,
  check: async () => (await import('./check.ts')).checkCommand,
  init: async () => (await import('./init.ts')).initCommand,
  judge: async () => (await import('./judge.ts')).judgeCommand,
  report: async () => (await import('./report.ts')).reportCommand,
  setup: async () => (await import('./setup.ts')).setupCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  up: async () => (await import('./up.ts')).upCommand,
};

/** The command that the line begins with; all of them where it begins otherwise, for the help and its suggestions. */
function commandsFor([first = '']: readonly string[]) {
  if (first === '--version') return [];
  return Object.hasOwn(commands, first)
    ? [commands[first as keyof typeof commands]]
    : Object.values(commands);
}

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
    const makers = await Promise.all(commandsFor(args).map((load) => load()));
    await program(context, makers).parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    host.stderr.write(`ordeal: ${describe(error)}\n`);
    return error instanceof OrdealError ? error.exitCode : exitCodes.harness;
  }
}

function program(context: Context, makers: readonly ((context: Context) => Command)[]): Command {
  const root = new Command('ordeal')
    .description('Puts a Node service through load and faults and says whether it held up.')
    .version(version)
    .addHelpText('after', `\nExit codes: ${exitCodeText()}`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.host.stdout.write(text),
      writeErr: (text) => void context.host.stderr.write(text),
    });
  for (const make of makers) root.addCommand(make(context).copyInheritedSettings(root));
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
