import { count, moment } from '../../../reports/numbers.ts';
import { figure, longTime } from './figures.ts';
import type { OperationalReport } from './report.ts';
import { type Table, tablesOf } from './tables.ts';

/** For a ticket or a chat: what the page says, without its charts. */
export function renderMarkdown(report: OperationalReport): string {
  const { job, window, headline, missing } = report;
  const { startMs, endMs } = window;
  return [
    `# ${plain(job)}: ${longTime(endMs - startMs)} to ${moment(endMs)}`,
    '',
    `${figure(headline.requests, 'count')} requests, ${rateOf(report)} in a second, of ${figure(headline.users, 'count')} users at most at once.`,
    '',
    ...missing.flatMap((it) => [`> ${plain(it)}`, '']),
    ...tablesOf(report).flatMap(section),
  ].join('\n');
}

/** The mean. */
export function rateOf({ headline: { requests }, window: { startMs, endMs } }: OperationalReport): string {
  if (requests === undefined) return '–';
  const perSecond = (1000 * requests) / (endMs - startMs);
  return perSecond >= 10 ? count(Math.round(perSecond)) : String(Number(perSecond.toPrecision(2)));
}

function section({ title, lead, columns, rows, empty }: Table): string[] {
  const head = [`## ${title}`, '', ...(lead && rows.length > 0 ? [lead, ''] : [])];
  if (rows.length === 0) return [...head, empty, ''];
  return [
    ...head,
    `| ${columns.map((name) => name.replace('#', '')).join(' | ')} |`,
    `| ${columns.map((name) => (name.startsWith('#') ? '--:' : ':--')).join(' | ')} |`,
    ...rows.map(({ cells }) => `| ${cells.map(plain).join(' | ')} |`),
    '',
  ];
}

/** Names come from anybody: none begins a column, a link or a tag. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|]/g, '\\$&');
}
