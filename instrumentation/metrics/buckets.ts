/**
 * For durations in seconds. From 0.1 ms (Redis on the same machine) to 60 s (the longest that people wait), dense from
 * 10 ms to 1 s, where services live: there two bounds are at most a factor of 1.67 apart, elsewhere 3. A percentile
 * that is read off is within its bucket, so by no more than that factor wrong. Every limit that alerts and hypotheses use
 * (0.2, 0.5, 1, 5 s) is a bound: whether a percentile is below it is told exactly.
 */
export const durationBuckets = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.015, 0.025, 0.04, 0.06, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75,
  1, 2, 5, 10, 20, 30, 60,
];

/** For pauses of the garbage collector, in seconds: 0.1 ms to 1 s. */
export const pauseBuckets = [0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
