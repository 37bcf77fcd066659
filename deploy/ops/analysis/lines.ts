import { analysisLines as databaseLines } from '../../../examples/memory-api/admin/analyse.ts';
import { indexLines } from '../../../examples/memory-api/admin/indexes.ts';
import { printable, table } from '../../../examples/memory-api/admin/output.ts';
import type { DatabaseReport } from '../analyse.ts';
import type { Activity } from './activity.ts';

/** For people: all but the activity, which they have read already. */
export function analysisLines(it: DatabaseReport, advice: readonly string[]): string[] {
  return [
    ...databaseLines(it),
    '',
    ...indexLines(it.indexes),
    '',
    ...(advice.length > 0 ? ['WHAT TO DO', ...advice] : ['nothing to do']),
  ];
}

export function activityLines({ connections, most_connections, running }: Activity): string[] {
  const taken = `connections: ${connections} of ${most_connections}`;
  if (running.length === 0) return [taken, 'nothing runs for long'];
  const rows = running.map(
    ({ pid, seconds, waits_for, state, query }) =>
      [pid, Number(seconds.toFixed(1)), waits_for.join(' ') || '-', state, printable(query)] as const,
  );
  return [taken, '', ...table(['PID', 'SECONDS', 'WAITS FOR', 'STATE', 'STATEMENT'], rows)];
}
