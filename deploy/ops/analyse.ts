import type { Analysis } from '../../examples/memory-api/admin/analyse.ts';
import type { Indexes } from '../../examples/memory-api/admin/indexes.ts';
import { whole } from '../../examples/memory-api/admin/options.ts';
import { type Activity, readActivity } from './analysis/activity.ts';
import { adviceOn, adviceOnActivity } from './analysis/advice.ts';
import { activityLines, analysisLines } from './analysis/lines.ts';
import { withDatabase } from './kit/database.ts';
import { askMemoryAdmin } from './kit/memory-admin.ts';
import { script, span, start } from './kit/script.ts';

/** Everything that is known of the database just now. */
export interface DatabaseReport extends Analysis {
  indexes: Indexes;
  activity: Activity;
}

interface Options {
  top: number;
  running: number;
  json?: true;
}

/** The statistics are made anew, for which a table must not be locked: whoever looks for the lock does not wait for it. */
const noWaiting = { PGOPTIONS: '-c lock_timeout=3000' };

await start(
  script({
    name: 'analyse',
    about: 'What runs just now, table sizes, index use, slow statements; and what to do about it.',
    failed: 'PostgreSQL refused or is away, or somebody has locked a table',
    more: `The database is the one of DATABASE_URL. What runs is told first; then the statistics of the
planner are made anew, which waits no longer than 3 s for a lock.`,
  })
    .option('--top <n>', 'slow statements to name', whole(0), 10)
    .option('--running <span>', 'name what runs for so long', span, 5000)
    .option('--json', 'print JSON')
    .action(async ({ top, running, json }: Options) => {
      const activity = await withDatabase((client) => readActivity(client, running));
      if (!json) print([...activityLines(activity), ...adviceOnActivity(activity), '']);
      const options = { environment: noWaiting };
      const analysis = await askMemoryAdmin<Analysis>(['analyse', '--top', String(top)], options);
      const indexes = await askMemoryAdmin<Indexes>(['index'], options);
      const all: DatabaseReport = { ...analysis, indexes, activity };
      const advice = adviceOn(all);
      print(json ? [JSON.stringify({ ...all, advice }, undefined, 2)] : analysisLines(all, advice));
    }),
);

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
