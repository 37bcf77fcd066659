import { counted } from '../../examples/memory-api/admin/output.ts';
import { refuseDamaged } from './kit/checksum.ts';
import { askMemoryAdmin } from './kit/memory-admin.ts';
import { script, start } from './kit/script.ts';

await start(
  script({
    name: 'restore',
    about: 'A backup into an empty database, all of it or nothing.',
    failed: 'nothing was restored',
    more: `The database is the one of DATABASE_URL; one that holds anything is refused. Running
services see at once what changed, by REDIS_URL.`,
  })
    .argument('<file>', 'made by backup')
    .action(async (file: string) => {
      await refuseDamaged(file);
      const { memories } = await askMemoryAdmin<{ memories: number }>(['restore', file]);
      process.stdout.write(`${counted(memories, 'memory', 'memories')} restored\n`);
    }),
);
