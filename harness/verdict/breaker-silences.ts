import { breakerIntervals } from '../observe/breaker.ts';
import type { BreakerTimeline, LinkBucket, Observations, TimeWindow } from '../observe/observations.ts';
import { loadWindow } from '../observe/phases.ts';
import { isLinkFault } from '../scenario/place.ts';
import type { Slo } from '../scenario/scenario.ts';
import { breakerWords, findConsistentBreaker } from './breaker.ts';
import { byInterval, type Claim, inconclusive } from './judgement.ts';
import type { Judgement } from './verdict.ts';
import { duration, moment } from './words.ts';

type SilencesSlo = Extract<Slo, { kind: 'breaker-silences' }>;

/**
 * Commands that passed the link while the breaker was open. Counted are buckets that lie entirely in the open time,
 * less its first bucket, in which commands sent before may still arrive; probes go out half-open and count nothing.
 *
 *     closed │ open                    │ half-open │ closed
 *      ├──┼──┼─╂┼──┼──┼──┼──┼──┼──┼──┼─╂┼──┼──┼──┼──┤   buckets at the link
 *            one╎ ▔▔▔▔ counted ▔▔▔▔▔▔▔▔
 */
export function judgeBreakerSilences(slo: SilencesSlo, seen: Observations): Judgement {
  const claim: Claim = {
    kind: slo.kind,
    claim: claimOf(slo),
    phase: 'run',
    unit: 'count',
    limit: slo.maxCommands,
    bound: 'at-most',
  };
  const load = loadWindow(seen);
  if (load === undefined) return inconclusive(claim, 'the load never began');
  const found = findConsistentBreaker(seen, slo.breaker);
  if ('reason' in found) return inconclusive(claim, found.reason);
  const buckets = seen.links.get(slo.link) ?? [];
  if (buckets.every((it) => it.commands === 0)) {
    return inconclusive(
      claim,
      `no command passed the link ${slo.link} in the whole run, so its counts prove nothing`,
    );
  }
  return judgeSilence(claim, slo.link, openTimes(found.timeline, load), buckets, seen);
}

function claimOf({ link, breaker, maxCommands }: SilencesSlo): string {
  const passes =
    maxCommands === 0 ? 'nothing but probes passes' : `besides probes at most ${maxCommands} commands pass`;
  return `${passes} the link ${link} while ${breakerWords(breaker)} is open`;
}

function openTimes(timeline: BreakerTimeline, load: TimeWindow): TimeWindow[] {
  return breakerIntervals(timeline, load).filter((it) => it.state === 'open');
}

function judgeSilence(
  claim: Claim,
  link: string,
  open: readonly TimeWindow[],
  buckets: readonly LinkBucket[],
  seen: Observations,
): Judgement {
  if (open.length === 0) return inconclusive(claim, 'it was never open');
  const bucketMs = usualWidth(buckets);
  const watched = open
    .map(({ startMs, endMs }) => ({ startMs: startMs + bucketMs, endMs }))
    .filter(({ startMs, endMs }) => endMs - startMs >= bucketMs);
  const watchedMs = total(watched);
  const samples = Math.floor(watchedMs / bucketMs);
  if (samples === 0) {
    return inconclusive(
      claim,
      `it was open for ${duration(total(open))}, too short for a whole bucket of ${duration(bucketMs)}`,
    );
  }
  const noisy = buckets.filter((bucket) => bucket.commands > 0 && watched.some((it) => contains(it, bucket)));
  const observed = noisy.reduce((sum, { commands }) => sum + commands, 0);
  const reachableMs = watchedMs - refusedMs(watched, link, seen);
  const over = `watched for ${duration(watchedMs)}, of which the link let commands through for ${duration(reachableMs)}`;
  const when = noisy[0] && `; the first at ${moment(seen, noisy[0].startMs)}`;
  return byInterval(claim, { observed, samples, detail: over + (when ?? '') });
}

/** The median: buckets are as long as the timer that makes them, give or take. */
function usualWidth(buckets: readonly LinkBucket[]): number {
  const widths = buckets.map(({ startMs, endMs }) => endMs - startMs).sort((a, b) => a - b);
  return widths[Math.floor(widths.length / 2)]!;
}

function contains(window: TimeWindow, bucket: LinkBucket): boolean {
  return window.startMs <= bucket.startMs && bucket.endMs <= window.endMs;
}

function total(windows: readonly TimeWindow[]): number {
  return windows.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
}

/** How long of these the link was refused, cut or held, so that no command could have passed. */
function refusedMs(windows: readonly TimeWindow[], link: string, { faults, lastMs }: Observations): number {
  const blocked = faults.flatMap(({ fault, injectedMs, healedMs = lastMs }) =>
    isLinkFault(fault) && fault.link === link && fault.kind !== 'delay' && injectedMs !== undefined
      ? [{ startMs: injectedMs, endMs: healedMs }]
      : [],
  );
  return total(windows.flatMap((window) => blocked.map((it) => overlap(window, it))));
}

function overlap(a: TimeWindow, b: TimeWindow): TimeWindow {
  const startMs = Math.max(a.startMs, b.startMs);
  return { startMs, endMs: Math.max(startMs, Math.min(a.endMs, b.endMs)) };
}
