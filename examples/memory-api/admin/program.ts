import { Command } from 'commander';
import type { AdminContext } from './context.ts';
import { dataCommands } from './data-commands.ts';
import { embeddingsCommand } from './embeddings-command.ts';
import { keysCommand } from './keys-command.ts';
import { logsCommand } from './logs-command.ts';
import { readCommands } from './read-commands.ts';
import { statusCommand } from './status-command.ts';

const help = `
The database is the one of DATABASE_URL, unless --database-url is given.

Exit codes: 0 done, 1 failed, 64 wrong usage, 78 wrong configuration.`;

/** The whole command line. @throws CommanderError for help and for wrong usage, which it has told already */
export function buildProgram(context: AdminContext): Command {
  const program = new Command('memory-admin')
    .description('Looks after the memories of a memory API.')
    .addHelpText('after', help)
    .exitOverride()
    .showHelpAfterError('See memory-admin --help.')
    .configureOutput({
      writeOut: (text) => context.out.write(text),
      writeErr: (text) => context.err.write(text),
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
    });
  for (const command of [
    ...readCommands(context),
    ...dataCommands(context),
    statusCommand(context),
    embeddingsCommand(context),
    keysCommand(context),
    logsCommand(context),
  ])
    adopt(program, command);
  return program;
}

function adopt(parent: Command, command: Command): void {
  parent.addCommand(command.copyInheritedSettings(parent));
  for (const child of command.commands) child.copyInheritedSettings(command);
}
