import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { redisOutage } from '../harness/e2e/memory-api.ts';
import { Desk, entriesOf } from '../harness/e2e/ordeal.ts';
import type { Entry, PhaseEntry } from '../harness/journal/entry.ts';
import { judge } from '../harness/verdict/judge.ts';
import { render } from '../reports/index.ts';

// What a run costs besides the load itself, at 500 requests/s with the `local` stack: time to the first request,
// time after the last one, judging and rendering, and the harness process's own CPU and memory.
const ratePerSecond = 500;
const phasesMs = { warmup: 3000, baseline: 5000, fault: 5000, recovery: 7000 };
const loadMs = Object.values(phasesMs).reduce((sum, ms) => sum + ms, 0);
/** Linux reports CPU time in ticks of this length (`getconf CLK_TCK` is 100 everywhere). */
const tickMs = 10;

using desk = new Desk();
const scenario = redisOutage();
desk.scenario({ ...scenario, phasesMs, load: { ...scenario.load, ratePerSecond } });
const beganMs = Date.now();
const main = new URL('../bin/ordeal.js', import.meta.url).pathname;
const child = spawn(process.execPath, [main, 'run', 'redis-outage', '--stack', 'local', '--seed', '7'], {
  cwd: desk.folder,
  stdio: ['ignore', 'pipe', 'inherit'],
});
let output = '';
const underLoad: { atMs: number; cpuMs: number }[] = [];
let peakRssMb = 0;
child.stdout.on('data', (text) => {
  output += text;
  const loaded = output.includes('phase baseline') && !output.includes('reading back');
  if (loaded) underLoad.push({ atMs: Date.now(), cpuMs: cpuOf(child.pid!) });
});
const sampling = setInterval(() => {
  peakRssMb = Math.max(peakRssMb, rssOf(child.pid!));
}, 250);
await once(child, 'close');
clearInterval(sampling);
const wallMs = Date.now() - beganMs;

const folder = desk.lastRun('redis-outage')!;
const entries = entriesOf(folder);
const beganLoadMs = phaseAt(entries, 'warmup');
const endedLoadMs = phaseAt(entries, 'end');
const [first, last] = [underLoad[0]!, underLoad.at(-1)!];
const judged = timed(() => judge(entriesOf(folder)));
const rendered = timed(() => render('html', { entries, verdict: judged.result, folder }));
const figures = {
  ordeal: {
    startToFirstRequestMs: Math.round(beganLoadMs - beganMs),
    afterLoadMs: Math.round(wallMs - (endedLoadMs - beganMs)),
    wallLessScenarioMs: wallMs - loadMs,
    judgeMs: Math.round(judged.ms),
    renderMs: Math.round(rendered.ms),
    cpuShareOfCore: Number(((last.cpuMs - first.cpuMs) / (last.atMs - first.atMs)).toFixed(3)),
    peakRssMb: Math.round(peakRssMb),
    requestsPerSecond: ratePerSecond,
  },
};
console.log(`ordeal run at ${ratePerSecond} requests/s for ${loadMs / 1000} s, exit code ${child.exitCode}`);
for (const [name, value] of Object.entries(figures.ordeal)) console.log(`  ${name.padEnd(24)} ${value}`);
console.log(JSON.stringify(figures));

function phaseAt(all: readonly Entry[], phase: PhaseEntry['phase']): number {
  return all.find((it): it is PhaseEntry => it.kind === 'phase' && it.phase === phase)!.atMs;
}

function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

function rssOf(pid: number): number {
  try {
    return (
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(join('/proc', String(pid), 'status'), 'utf8'))?.[1]) / 1024 ||
      0
    );
  } catch {
    return 0;
  }
}

function timed<T>(work: () => T): { result: T; ms: number } {
  const startMs = performance.now();
  const result = work();
  return { result, ms: performance.now() - startMs };
}
