import type { Judgement } from '../harness/verdict/verdict.ts';
import { count, duration, interval, limit, observed } from './numbers.ts';
import type { RunRecord } from './record.ts';
import { because, ending, oneLine, signs, tally } from './words.ts';

const icons = { met: '✅', violated: '❌', inconclusive: '❔' } as const;

/** For a pull request: the verdict in a line, every judgement in a table, and how to see it again. */
export function renderMarkdown({ verdict, folder }: RunRecord): string {
  const { outcome, scenario, seed, stack, durationMs, judgements } = verdict;
  const facts = `seed ${seed}, stack ${plain(stack)}, ${duration(durationMs)}, exit code ${verdict.exitCode}`;
  const lines = [
    `### ${icons[outcome]} ${plain(scenario)}: ${outcome}`,
    '',
    `${tally(judgements)} (${facts}). ${plain(ending(verdict))}`,
    '',
    ...table(judgements),
    ...notes(judgements),
    ...doubts(verdict.doubts),
    `Run: ${code(folder)}. Replay:`,
    '',
    ...block(verdict.replay),
    '',
  ];
  return lines.join('\n');
}

function table(judgements: readonly Judgement[]): string[] {
  if (judgements.length === 0) return [];
  return [
    '| outcome | claim | phase | observed | limit | samples |',
    '| :-- | :-- | :-- | --: | --: | --: |',
    ...judgements.map((it) => {
      const value = [observed(it), interval(it)].filter(Boolean).join(' ');
      const cells = [
        `${signs[it.outcome]} ${it.outcome}`,
        it.claim,
        it.phase,
        value,
        limit(it),
        count(it.samples),
      ];
      return `| ${cells.map(plain).join(' | ')} |`;
    }),
    '',
  ];
}

function notes(judgements: readonly Judgement[]): string[] {
  const those = judgements.filter((it) => it.outcome !== 'met' && because(it) !== '');
  if (those.length === 0) return [];
  const items = those.map(
    (it) => `- ${signs[it.outcome]} **${plain(it.claim)}**, ${it.phase}: ${plain(because(it))}`,
  );
  return [...items, ''];
}

function doubts(reasons: readonly string[]): string[] {
  if (reasons.length === 0) return [];
  return ['Doubts:', '', ...reasons.map((it) => `- ${plain(it)}`), ''];
}

/** Text that stays text: nothing in it is markup, a table's border or a tag. */
function plain(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_[\]|~#]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;');
}

/** A code span, fenced with one backtick more than it holds. */
function code(text: string): string {
  const line = oneLine(text);
  const fence = '`'.repeat(longestRun(line) + 1);
  return fence === '`' ? `\`${line}\`` : `${fence} ${line} ${fence}`;
}

function block(text: string): string[] {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return [`${fence}sh`, text, fence];
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
