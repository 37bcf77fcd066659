import { Command } from 'commander';
import { exitCodes } from '../errors.ts';
import { canRun, doctor, type Row } from '../setup/doctor.ts';
import { findAllParts } from '../setup/find-parts.ts';
import type { Context } from './context.ts';
import { doctorService } from './doctor-service.ts';
import { dockerOf } from './providers.ts';

export function doctorCommand({ host, exitWith }: Context): Command {
  return new Command('doctor')
    .description(
      'Show every part: where it was found, its version, good or not, how to mend.\n' +
        'With a command: start that service with the preload, and show which of its packages are watched.',
    )
    .usage('[options] [-- <command...>]')
    .argument('[command...]', 'what starts the service; it is stopped again')
    .addHelpText('after', '\nExamples: ordeal doctor\n          ordeal doctor -- node server.js')
    .action(async (command: string[]) => {
      if (command.length > 0) {
        exitWith(await doctorService(command, host));
        return;
      }
      const parts = await findAllParts(host.env);
      const rows = await doctor(parts, dockerOf(parts, host.env));
      host.stdout.write(`${rows.map(describe).join('\n')}\n\n`);
      const able = canRun(rows);
      host.stdout.write(
        able
          ? 'Everything that a run needs is here.\n'
          : 'A run is not possible: `ordeal setup` gets what is missing.\n',
      );
      if (!able) exitWith(exitCodes.infrastructure);
    });
}

function describe({ part, required, where, version, good, mend }: Row): string {
  const sign = good ? '✓ good' : required ? '✗ missing' : '– optional';
  const line = `${sign.padEnd(11)} ${part.padEnd(12)} ${version.padEnd(10)} ${where}`;
  return mend ? `${line}\n${' '.repeat(12)}${mend}` : line;
}
