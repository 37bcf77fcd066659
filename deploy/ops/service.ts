import { Argument } from 'commander';
import { start as startService, stop as stopService } from './deployment/process.ts';
import { script, span, start } from './kit/script.ts';

interface Options {
  folder: string;
  wait: number;
}

const verbs = {
  start: startService,
  stop: stopService,
  restart: async (options: Options) => {
    await stopService(options);
    await startService(options);
  },
};

await start(
  script({
    name: 'service',
    about: 'Starts the memory API under the preload on this machine, or stops it.',
    failed: 'it did not get ready, or did not end, in time',
    more: `Its settings are deploy/memory-api/memory-api.env, and the environment goes before them. It listens on
127.0.0.1 unless HOST says otherwise. What it prints goes to <folder>/service.log.`,
  })
    .addArgument(new Argument('<verb>').choices(Object.keys(verbs)))
    .option('--folder <path>', 'where its id and what it prints are kept', 'run')
    .option('--wait <span>', 'until it is ready, or gone', span, 60_000)
    .action((verb: keyof typeof verbs, options: Options) => verbs[verb](options)),
);
