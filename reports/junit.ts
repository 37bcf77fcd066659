import type { Judgement, Verdict } from '../harness/verdict/verdict.ts';
import { interval, limit, observed } from './numbers.ts';
import type { RunRecord } from './record.ts';
import { because, ending } from './words.ts';
import { xml } from './xml.ts';

/**
 * JUnit XML as Jenkins, GitLab and GitHub's actions read it: a violated judgement is a `failure`, an
 * inconclusive one an `error`; neither is ever left out, skipped or passed. The run itself is a test case too,
 * so that a run without judgements cannot look like a success.
 * Format: https://github.com/testmoapp/junitxml
 */
export function renderJunit({ verdict }: RunRecord): string {
  const cases = [runCase(verdict), ...verdict.judgements.map((it) => judgementCase(it, verdict))];
  const totals = attributes({
    tests: cases.length,
    failures: cases.filter((it) => it.result === 'failure').length,
    errors: cases.filter((it) => it.result === 'error').length,
    skipped: 0,
    time: seconds(verdict.durationMs),
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="ordeal"${totals}>`,
    `  <testsuite name="${xml(verdict.scenario)}"${totals}${timestamp(verdict.startedAtMs)}>`,
    '    <properties>',
    ...properties(verdict),
    '    </properties>',
    ...cases.map((it) => it.markup),
    ...output(verdict.doubts),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

interface Case {
  result: 'passed' | 'failure' | 'error';
  markup: string;
}

function runCase(verdict: Verdict): Case {
  const silent = verdict.judgements.length === 0;
  const good = verdict.ending.kind === 'completed' && !silent;
  return testCase('the run completed and was judged', seconds(verdict.durationMs), verdict, {
    result: good ? 'passed' : 'error',
    type: verdict.ending.kind === 'completed' ? 'nothing-judged' : verdict.ending.kind,
    message: silent ? `${ending(verdict)} Nothing was judged.` : ending(verdict),
    body: `replay: ${verdict.replay}`,
  });
}

function judgementCase(it: Judgement, verdict: Verdict): Case {
  const value = [observed(it), interval(it)].filter(Boolean).join(' ');
  const figures = `observed ${value}, limit ${limit(it)}, ${it.samples} samples`;
  const reason = because(it);
  return testCase(`${it.claim} [${it.phase}]`, '0', verdict, {
    result: it.outcome === 'met' ? 'passed' : it.outcome === 'violated' ? 'failure' : 'error',
    type: it.outcome,
    message: reason === '' ? figures : reason,
    body: `${figures}\nreplay: ${verdict.replay}`,
  });
}

function testCase(
  name: string,
  time: string,
  { scenario }: Verdict,
  { result, type, message, body }: { result: Case['result']; type: string; message: string; body: string },
): Case {
  const head = `    <testcase${attributes({ name, classname: `ordeal.${scenario}`, time })}`;
  if (result === 'passed') return { result, markup: `${head}/>` };
  const inner = `      <${result}${attributes({ type, message })}>${xml(body)}</${result}>`;
  return { result, markup: `${head}>\n${inner}\n    </testcase>` };
}

function properties({ seed, stack, outcome, exitCode, replay }: Verdict): string[] {
  return Object.entries({ seed, stack, outcome, exitCode, replay }).map(
    ([name, value]) => `      <property${attributes({ name, value })}/>`,
  );
}

function output(doubts: readonly string[]): string[] {
  if (doubts.length === 0) return [];
  return [`    <system-out>${xml(doubts.map((it) => `doubt: ${it}`).join('\n'))}</system-out>`];
}

function attributes(values: { [name: string]: string | number }): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${xml(String(value))}"`)
    .join('');
}

/** ISO 8601 without zone, in UTC, as the schema has it. */
function timestamp(atMs: number): string {
  if (!Number.isFinite(atMs) || Math.abs(atMs) > 8.64e15) return '';
  return attributes({ timestamp: new Date(atMs).toISOString().slice(0, 19) });
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
