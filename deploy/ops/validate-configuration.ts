import { deployChecks } from './configuration/deploy.ts';
import { serviceChecks } from './configuration/service.ts';
import { report } from './kit/checks.ts';
import { script, start } from './kit/script.ts';

await start(
  script({
    name: 'validate-configuration',
    about: 'Checks the settings of the memory API, and the files of the observability stack.',
    failed: 'something is wrong: do not start with it',
    more: `The settings are those of the environment that this runs in; nothing is connected to. Each file is
checked by the program that reads it; where that is not installed, the check is missing.`,
  })
    .option('--json', 'print JSON')
    .action(async (options: { json?: true }) =>
      report([...(await serviceChecks()), ...(await deployChecks())], options),
    ),
);
