import { styleText } from 'node:util';
import type { RunEntry, TraceEntry } from '../harness/journal/entry.ts';
import type { Judgement, Outcome } from '../harness/verdict/verdict.ts';
import { dashboardLinks } from './dashboards.ts';
import { count, duration, interval, limit, moment, observed } from './numbers.ts';
import type { RunRecord } from './record.ts';
import { because, byClaim, ending, oneLine, signs, tally } from './words.ts';

const columns = 80;
const colours = { met: 'green', violated: 'red', inconclusive: 'yellow' } as const;
/** Every row is 80 columns wide at most: 2 + 14 + 2 + 8 + 2 + 26 + 2 + 12 + 2 + 9. */
const widths = { outcome: 14, phase: 8, observed: 26, limit: 12, samples: 9 } as const;

export interface TextOptions {
  /** Whether the reader's terminal shows colours; the words and signs are the same without. */
  colour?: boolean;
}

/** The verdict for a terminal of 80 columns; claims stand above the rows of their phases, so none is shortened. */
export function renderText(record: RunRecord, { colour = false }: TextOptions = {}): string {
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const { verdict } = record;
  const lines = [
    ...heading(record, paint),
    '',
    ...table(verdict.judgements, paint),
    ...list('Violated', 'violated', verdict.judgements, paint),
    ...list('Inconclusive', 'inconclusive', verdict.judgements, paint),
    ...doubts(verdict.doubts, paint),
    '',
    ...closing(record, paint),
  ];
  return `${lines.join('\n')}\n`;
}

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

function heading({ verdict }: RunRecord, paint: Paint): string[] {
  const facts = [
    `seed ${verdict.seed}`,
    `stack ${oneLine(verdict.stack)}`,
    duration(verdict.durationMs),
    moment(verdict.startedAtMs),
  ];
  return [`${paint('bold', oneLine(verdict.scenario))}  ${paint('dim', facts.join(' · '))}`];
}

function table(judgements: readonly Judgement[], paint: Paint): string[] {
  if (judgements.length === 0) return ['  Nothing was judged.'];
  const titles = row(['outcome', 'phase', 'observed  [95 % interval]', 'limit', 'samples']);
  const groups = [...byClaim(judgements)].flatMap(([claim, rows]) => [
    '',
    ...wrap(oneLine(claim), '  ').map((line) => paint('bold', line)),
    ...rows.flatMap((it) => judged(it, paint)),
  ]);
  return [paint('dim', titles), ...groups];
}

/** One row; an interval that leaves no room stands below its value. */
function judged(it: Judgement, paint: Paint): string[] {
  const word = `${signs[it.outcome]} ${it.outcome}`.padEnd(widths.outcome);
  const [value, ends] = [observed(it), interval(it)];
  const fits = value.length + 1 + ends.length <= widths.observed;
  const text = row(['', it.phase, fits ? `${value} ${ends}` : value, limit(it), count(it.samples)]);
  const first = `  ${paint(colours[it.outcome], word)}${text.slice(2 + widths.outcome)}`;
  return fits ? [first] : [first, row(['', '', ends, '', ''])];
}

function row([outcome, phase, value, bound, samples]: readonly [string, string, string, string, string]) {
  const cells = [
    outcome.padEnd(widths.outcome),
    phase.padEnd(widths.phase),
    value.padEnd(widths.observed),
    bound.padEnd(widths.limit),
    samples.padStart(widths.samples),
  ];
  return `  ${cells.join('  ')}`.trimEnd();
}

function list(title: string, outcome: Outcome, judgements: readonly Judgement[], paint: Paint): string[] {
  const those = judgements.filter((it) => it.outcome === outcome);
  if (those.length === 0) return [];
  const byReason = Map.groupBy(those, (it) => because(it) || `observed ${observed(it)}`);
  const items = [...byReason].flatMap(([reason, same]) =>
    block(`${claims(same)}: ${reason}`, `  ${signs[outcome]} `),
  );
  return ['', paint(colours[outcome], title), ...items];
}

/** `P95 < 200 ms (baseline, fault); errors < 1 % (fault)`: one reason often stands behind many judgements. */
function claims(judgements: readonly Judgement[]): string {
  return [...byClaim(judgements)]
    .map(([claim, rows]) => `${oneLine(claim)} (${rows.map((it) => it.phase).join(', ')})`)
    .join('; ');
}

function doubts(reasons: readonly string[], paint: Paint): string[] {
  if (reasons.length === 0) return [];
  return ['', paint('yellow', 'Doubts'), ...reasons.flatMap((it) => block(it, '  - '))];
}

function closing({ verdict, entries, folder }: RunRecord, paint: Paint): string[] {
  const word = `${signs[verdict.outcome]} ${verdict.outcome.toUpperCase()}`;
  const { run, trace } = firstOnes(entries);
  const [dashboard] = dashboardLinks(run, verdict);
  return [
    `${paint(['bold', colours[verdict.outcome]], word)}  ${tally(verdict.judgements)} (exit ${verdict.exitCode})`,
    ...block(ending(verdict), '  '),
    '',
    `  run     ${folder}`,
    ...(trace === undefined ? [] : [`  trace   ${traceLink(trace, folder)}`]),
    ...(dashboard === undefined ? [] : [`  look    ${oneLine(dashboard.url)}`]),
    '  replay',
    verdict.replay,
  ];
}

/** In one pass: the entries come from a file. */
function firstOnes(entries: RunRecord['entries']): { run?: RunEntry; trace?: TraceEntry } {
  const found: { run?: RunEntry; trace?: TraceEntry } = {};
  for (const entry of entries)
    if (entry.kind === 'run') found.run ??= entry;
    else if (entry.kind === 'trace') found.trace ??= entry;
  return found;
}

/** In a Jaeger that still runs, else in the report beside the journal. */
function traceLink({ url, traceId }: TraceEntry, folder: string): string {
  return url === undefined ? `${folder}/report.html#trace-${oneLine(traceId)}` : oneLine(url);
}

/** Its first line is prose and is wrapped; what follows is a log, whose lines stay as they are but for their length. */
function block(text: string, lead: string): string[] {
  const [prose = '', ...log] = text.split('\n');
  const indent = ' '.repeat(lead.length);
  return [...wrap(oneLine(prose), lead), ...log.map((line) => (indent + oneLine(line)).slice(0, columns))];
}

/** Words onto lines of 80 columns; the first line begins with `lead`, the others with as many spaces. */
export function wrap(text: string, lead: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && lead.length + longer.length > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  return lines.map((it, index) => (index === 0 ? lead : ' '.repeat(lead.length)) + it);
}
