import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';

/** What is promised, and above (or below) which an alert tells of it; durations in seconds, shares 0..1. */
export const limits = {
  /** The SLO of the scenarios, and of HighResponseTime. */
  p95S: { promised: 0.2, alarming: 1 },
  /** The SLO of the scenarios, and of HighErrorRate. */
  errorShare: { promised: 0.01, alarming: 0.05 },
  /** The SLO of the scenarios; there is no alert on it. */
  hitShare: { promised: 0.8 },
  /** Of HighMemoryUsage. */
  memoryBytes: { alarming: 2e9 },
  /** Of CPUThrottling: of all time, that in which a limit keeps it waiting. */
  throttledShare: { alarming: 0.1 },
  /** Of EmbeddingServiceSlow, in what is recorded for it. */
  embeddingP95S: { alarming: 5 },
  /** What the memory API's pool opens at most; there is no alert on it. */
  connections: { alarming: 30 },
  /** Of the recoverable errors, those that were recovered: what the memory API is measured for. */
  recoveredShare: { promised: 0.8 },
} as const;

const good = { color: 'green', value: null };

/** Good below `promised`, doubtful up to `alarming`, bad from there on. */
export function atMost({ promised, alarming }: { promised?: number; alarming?: number }) {
  const doubtful = promised === undefined ? [] : [{ color: 'orange', value: promised }];
  const bad = alarming === undefined ? [] : [{ color: 'red', value: alarming }];
  return steps([good, ...doubtful, ...bad]);
}

/** Good from `promised` on, bad below. */
export function atLeast({ promised }: { promised: number }) {
  return steps([
    { color: 'red', value: null },
    { color: 'green', value: promised },
  ]);
}

/** Neither good nor bad, however large. */
export function none() {
  return steps([{ color: 'blue', value: null }]);
}

function steps(all: { color: string; value: number | null }[]) {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(all);
}
