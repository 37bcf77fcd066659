import { renderHtml } from './html/page.ts';
import { renderJson } from './json.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import type { RunRecord } from './record.ts';
import { renderText } from './text.ts';

export type { RunRecord } from './record.ts';

export type FormatName = 'text' | 'html' | 'json' | 'junit' | 'markdown';

export interface Format {
  name: FormatName;
  /** What the run folder calls it. */
  fileName: string;
  render(record: RunRecord, options?: RenderOptions): string;
}

export interface RenderOptions {
  /** Colours for a terminal; only `text` knows them. */
  colour?: boolean;
}

/** Every form that a run can be read in. All are pure: the same record gives the same bytes. */
export const formats: readonly Format[] = [
  { name: 'text', fileName: 'report.txt', render: renderText },
  { name: 'html', fileName: 'report.html', render: renderHtml },
  { name: 'json', fileName: 'verdict.json', render: renderJson },
  { name: 'junit', fileName: 'junit.xml', render: renderJunit },
  { name: 'markdown', fileName: 'report.md', render: renderMarkdown },
];

export function render(format: FormatName, record: RunRecord, options?: RenderOptions): string {
  return formats.find((it) => it.name === format)!.render(record, options);
}
