import type { Logger } from 'pino';
import type { Found, Memory } from './memory.ts';

/* What happened to whom, in the same words whether HTTP or MCP was asked. What somebody wrote is not told. */

type Log = Pick<Logger, 'info'>;

export function tellChange(
  log: Log,
  what: 'created' | 'updated' | 'deleted',
  { id, user_id, kind }: Memory,
): void {
  log.info({ memory_id: id, user_id, kind }, `memory ${what}`);
}

export function tellSearch(log: Log, user_id: string, { memories, degraded }: Found): void {
  const found = { user_id, results: memories.length, best_score: memories[0]?.score };
  log.info(found, degraded ? 'degraded answer given: found by words' : 'search done');
}
