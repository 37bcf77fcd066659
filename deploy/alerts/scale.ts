/** How long the units of Prometheus and Alertmanager are, in milliseconds. */
const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

const duration = /\d+(?:ms|[smhdw])(?:\d+(?:ms|[smhdw]))*/;

/** Someone looks this often at most: a scrape and an evaluation take their time, however short everything else is. */
const leastIntervalMs = 1000;

/**
 * The text of a configuration or rule file of Prometheus, Alertmanager or Loki with all its durations `factor` times
 * shorter: `for`, ranges, offsets, and all intervals, waits and timeouts. Names, texts and thresholds stay. With it the alerts
 * are tried within minutes, as they are otherwise.
 *
 * An interval in which something is looked at stays above 1 s: `factor` shall leave a range several of them.
 */
export function scaleDurations(text: string, factor: number): string {
  const shorter = (found: string, leastMs = 1) =>
    `${Math.max(leastMs, Math.round(durationMs(found) / factor))}ms`;
  const rules: [RegExp, number][] = [
    // for: 5m, group_wait: 30s, resolve_timeout: 5m
    [setting('for|keep_firing_for|group_wait|group_interval|repeat_interval|resolve_timeout'), 1],
    [setting('interval|scrape_interval|evaluation_interval|poll_interval'), leastIntervalMs],
    // Not longer than the interval that it belongs to.
    [setting('scrape_timeout'), leastIntervalMs],
    // [5m], [1h:1m] and offset 5m
    [new RegExp(`(\\[)(${duration.source})(?=[\\]:])`, 'g'), 1],
    [new RegExp(`(\\[[^\\]]*:)(${duration.source})(?=\\])`, 'g'), leastIntervalMs],
    [new RegExp(`(\\boffset )(${duration.source})`, 'g'), 1],
  ];
  return rules.reduce(
    (scaled, [pattern, leastMs]) =>
      scaled.replace(pattern, (_all, before: string, found: string) => before + shorter(found, leastMs)),
    text,
  );
}

/** `1h30m` is 5,400,000. @throws Error for what is no duration */
export function durationMs(text: string): number {
  if (!new RegExp(`^${duration.source}$`).test(text))
    throw new Error(`expected a duration such as 5m or 1h30m, got "${text}"`);
  const parts = [...text.matchAll(/(\d+)(ms|[smhdw])/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * unitMs[unit!]!, 0);
}

function setting(names: string): RegExp {
  return new RegExp(`^(\\s*(?:- )?(?:${names}): )(${duration.source})(?=\\s*(?:#.*)?$)`, 'gm');
}
