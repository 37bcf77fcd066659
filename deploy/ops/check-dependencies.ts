import { readConfig } from '../../examples/memory-api/config.ts';
import { checkEmbeddings } from './dependencies/embeddings.ts';
import { checkNode } from './dependencies/node.ts';
import { checkPostgres } from './dependencies/postgres.ts';
import { checkRedis } from './dependencies/redis.ts';
import { checkStack } from './dependencies/stack.ts';
import { report } from './kit/checks.ts';
import { script, start } from './kit/script.ts';
import { addressesHelp, readAddresses } from './kit/settings.ts';

await start(
  script({
    name: 'check-dependencies',
    about: 'Asks everything that the memory API needs, with its settings, whether it is there and fit.',
    failed: 'something that is needed is not there',
    more: `Prometheus, Alertmanager and Loki are looked at too; the service runs without them.\n${addressesHelp}`,
  })
    .option('--json', 'print JSON')
    .action(async (options: { json?: true }) => {
      const config = readConfig();
      const addresses = readAddresses();
      const groups = await Promise.all([
        checkNode(),
        checkPostgres(config.database),
        checkRedis(config),
        checkEmbeddings(config.embeddings),
        checkStack(addresses),
      ]);
      report(groups.flat(), options);
    }),
);
