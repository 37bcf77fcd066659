// Holds the verdict of a demo against what it must be: `node .ci/check-verdict.js <stack> <runs folder>`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [stack, runs] = process.argv.slice(2);
const folder = join(runs, 'redis-outage', readdirSync(join(runs, 'redis-outage')).sort().at(-1));
const verdict = JSON.parse(readFileSync(join(folder, 'verdict.json'), 'utf8'));
const mustHave = [
  'latency',
  'error-rate',
  'cache-hit-rate',
  'breaker-opens',
  'breaker-silences',
  'breaker-closes',
  'writes-kept',
  'request-id',
];

const problems = [];
if (verdict.stack !== stack) problems.push(`stack is ${verdict.stack}, expected ${stack}`);
if (verdict.exitCode !== 0) problems.push(`exit code is ${verdict.exitCode}, expected 0`);
for (const kind of mustHave) {
  const judgements = verdict.judgements.filter((it) => it.kind === kind);
  if (judgements.length === 0) problems.push(`no judgement of kind ${kind}`);
  for (const { outcome, phase } of judgements)
    if (outcome !== 'met') problems.push(`${kind} in ${phase} is ${outcome}`);
}
if (verdict.durationMs < 30_000)
  problems.push(`the run took ${verdict.durationMs} ms, expected 30 s at least`);
const latency = verdict.judgements.filter((it) => it.kind === 'latency');
for (const { phase, samples } of latency)
  if (samples < 2000) problems.push(`${phase} has ${samples} requests, expected 2,000`);
for (const file of ['journal.ndjson', 'report.html', 'junit.xml']) readFileSync(join(folder, file));

console.log(problems.length === 0 ? `verdict of ${stack}: as it must be` : problems.join('\n'));
process.exitCode = problems.length === 0 ? 0 : 1;
