import type { TargetEntry } from '../journal/entry.ts';
import type { Observations } from '../observe/observations.ts';
import { byInterval, type Claim, inconclusive } from './judgement.ts';
import type { Judgement } from './verdict.ts';
import { moment } from './words.ts';

const claim: Claim = {
  kind: 'invariant',
  claim: 'the target does not exit by itself',
  phase: 'run',
  unit: 'count',
  limit: 0,
  bound: 'at-most',
};

/**
 * The target lives until it is asked to stop. One that ends before it was ever ready did not start, which is a
 * matter of the infrastructure.
 */
export function judgeTargetStays(seen: Observations): Judgement {
  const readies = seen.target.filter((it) => it.event === 'ready').length;
  if (readies === 0) return inconclusive(claim, 'the target never became ready');
  const exit = targetExit(seen);
  const detail = exit && `it exited at ${moment(seen, exit.atMs)} with ${how(exit)}${lastWords(exit)}`;
  return byInterval(claim, { observed: exit ? 1 : 0, samples: readies, detail });
}

/** The first time that the target exited by itself after it had been ready. */
export function targetExit({ target }: Observations): TargetEntry | undefined {
  const ready = target.find((it) => it.event === 'ready');
  return ready && target.find((it) => it.event === 'exited' && it.atMs >= ready.atMs);
}

function how({ exitCode, signal }: TargetEntry): string {
  return signal ? `the signal ${signal}` : `exit code ${exitCode ?? 'unknown'}`;
}

function lastWords({ logTail }: TargetEntry): string {
  const text = logTail?.trimEnd();
  return text ? `; its last lines:\n${text}` : '';
}
