import type { PerformanceEntry } from 'node:perf_hooks';
import { getHeapSpaceStatistics, type HeapSpaceInfo } from 'node:v8';
import { perfHooks } from '../builtins.ts';
import { catalogue } from './catalogue.ts';
import { throttledSeconds } from './cgroup.ts';
import type { MetricDefinition, Metrics } from './metric.ts';

/**
 * What Node itself tells: event loop, garbage collection, heap, memory, CPU. Nothing of it keeps the process alive.
 * Figures "since it was last read" are of the time since anybody read them, the page or the sender.
 */
export function watchRuntime(metrics: Metrics): void {
  watchMemory(metrics);
  watchCpu(metrics);
  watchHeap(metrics);
  watchGarbageCollection(metrics);
  watchLoopDelay(metrics);
  watchLoopUtilization(metrics);
}

/** Two who read within this time are told the same: a share of a very short time says nothing. */
const shortestMs = 1000;

/** What `measure` returned last; measured anew when that is longer ago. */
function since<T>(measure: () => T): () => T {
  let last: T | undefined;
  let atMs = 0;
  return () => {
    if (last === undefined || performance.now() - atMs >= shortestMs) {
      last = measure();
      atMs = performance.now();
    }
    return last;
  };
}

function watchMemory(metrics: Metrics): void {
  metrics.observe(catalogue.memoryUsage, (tell) => tell(process.memoryUsage.rss()));
}

function watchCpu(metrics: Metrics): void {
  let before = { spentMs: 0, atMs: 0 };
  const percent = since(() => {
    const { user, system } = process.cpuUsage();
    const now = { spentMs: (user + system) / 1000, atMs: performance.now() };
    const share = (now.spentMs - before.spentMs) / (now.atMs - before.atMs);
    before = now;
    return share * 100;
  });
  metrics.observe(catalogue.cpuUsage, (tell) => tell(percent()));
  metrics.observe(catalogue.cpuTime, (tell) => {
    const { user, system } = process.cpuUsage();
    tell(user / 1e6, { 'cpu.mode': 'user' });
    tell(system / 1e6, { 'cpu.mode': 'system' });
  });
  const throttled = throttledSeconds();
  metrics.observe(catalogue.cpuThrottled, (tell) => {
    const seconds = throttled();
    if (seconds !== undefined) tell(seconds);
  });
}

function watchHeap(metrics: Metrics): void {
  const figures: [MetricDefinition, keyof HeapSpaceInfo][] = [
    [catalogue.heapUsed, 'space_used_size'],
    [catalogue.heapSize, 'space_size'],
    [catalogue.heapAvailable, 'space_available_size'],
    [catalogue.heapPhysical, 'physical_space_size'],
  ];
  for (const [definition, figure] of figures)
    metrics.observe(definition, (tell) => {
      for (const space of getHeapSpaceStatistics())
        tell(Number(space[figure]), { 'v8js.heap.space.name': space.space_name });
    });
}

/** https://nodejs.org/api/perf_hooks.html#class-performanceentry: `perf_hooks.constants.NODE_PERFORMANCE_GC_*`. */
const gcTypes: Record<number, string> = { 1: 'minor', 4: 'major', 8: 'incremental', 16: 'weakcb' };

function watchGarbageCollection(metrics: Metrics): void {
  const duration = metrics.histogram(catalogue.gcDuration);
  const series = new Map(
    Object.entries(gcTypes).map(([kind, type]) => [Number(kind), duration.series({ 'v8js.gc.type': type })]),
  );
  new perfHooks.PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail, duration: ms } = entry as PerformanceEntry & { detail?: { kind?: number } };
      series.get(detail?.kind ?? 0)?.record(ms / 1000);
    }
  }).observe({ entryTypes: ['gc'] });
}

/**
 * How often the loop is looked at. Measured with Node 24 on an idle process: 3 to 4 ms CPU a second at 20 ms, 6 ms at
 * 10 ms; a delay that matters is longer than either.
 */
const resolutionMs = 20;

function watchLoopDelay(metrics: Metrics): void {
  const histogram = perfHooks.monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  // After `reset` Node needs one look to measure from: a delay that begins within 20 ms of being read goes unseen.
  // What it measures is from one look to the next: the delay is what exceeds the time between two.
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000);
  const read = since(() => {
    const { count, min, max, mean } = histogram;
    const percentiles = [50, 90, 99].map((percent) => histogram.percentile(percent));
    histogram.reset();
    return count === 0 ? undefined : [min, max, mean, ...percentiles].map(seconds);
  });
  const figures = [
    catalogue.loopDelayMin,
    catalogue.loopDelayMax,
    catalogue.loopDelayMean,
    catalogue.loopDelayP50,
    catalogue.loopDelayP90,
    catalogue.loopDelayP99,
  ];
  for (const [index, definition] of figures.entries())
    metrics.observe(definition, (tell) => {
      const value = read()?.[index];
      if (value !== undefined) tell(value);
    });
}

function watchLoopUtilization(metrics: Metrics): void {
  let before = performance.eventLoopUtilization();
  const share = since(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  });
  metrics.observe(catalogue.loopUtilization, (tell) => tell(share()));
}
