import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../harness/setup/fixtures/parts.ts';
import { openBrowser } from './fixtures/browser.ts';
import { cutOffVerdict, judgements, metVerdict, verdict } from './fixtures/verdict.ts';
import { renderJunit } from './junit.ts';
import { xml } from './xml.ts';

const folder = 'runs/x';
const { runs, titled } = await needs('chromium');
let browser: Awaited<ReturnType<typeof openBrowser>>;
beforeAll(async () => {
  if (runs) browser = await openBrowser();
});
afterAll(() => browser?.[Symbol.asyncDispose]());

/** What a strict XML parser finds in it; undefined when it is no XML. */
async function parse(text: string) {
  return browser.context.pages()[0]!.evaluate((source) => {
    const page = globalThis as unknown as {
      DOMParser: new () => { parseFromString(text: string, type: string): XmlNode };
    };
    const document = new page.DOMParser().parseFromString(source, 'application/xml');
    if (document.querySelectorAll('parsererror').length > 0) return undefined;
    const suite = document.querySelectorAll('testsuite')[0]!;
    const cases = [...document.querySelectorAll('testcase')].map((it) => ({
      name: it.getAttribute('name'),
      results: [...it.children].map((child) => `${child.tagName}: ${child.getAttribute('message')}`),
    }));
    const total = (name: string) => Number(suite.getAttribute(name));
    return { tests: total('tests'), failures: total('failures'), errors: total('errors'), cases };
  }, text);
}

interface XmlNode {
  tagName: string;
  children: ArrayLike<XmlNode> & Iterable<XmlNode>;
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<XmlNode> & { length: number; [index: number]: XmlNode };
}

it.each([
  ['every-outcome', verdict()],
  ['cut-off', cutOffVerdict()],
])('%s reads like its golden', async (name, it) => {
  await expect(renderJunit({ entries: [], verdict: it, folder })).toMatchFileSnapshot(`goldens/${name}.xml`);
});

describe.runIf(runs)(titled('what a CI server counts'), () => {
  it.each([
    ['every outcome', verdict(), { tests: 11, failures: 2, errors: 2 }],
    ['all met', metVerdict(), { tests: 7, failures: 0, errors: 0 }],
    ['a journal cut off', cutOffVerdict(), { tests: 11, failures: 0, errors: 11 }],
    ['nothing judged', verdict({ judgements: [] }), { tests: 1, failures: 0, errors: 1 }],
    [
      'a harness that failed',
      { ...metVerdict(), ending: { kind: 'harness-failed' as const } },
      { tests: 7, failures: 0, errors: 1 },
    ],
  ])('%s', async (_, it, totals) => {
    const parsed = await parse(renderJunit({ entries: [], verdict: it, folder }));
    expect(parsed).toMatchObject(totals);
    expect(parsed!.cases.filter(({ results }) => results[0]?.startsWith('failure'))).toHaveLength(
      totals.failures,
    );
    expect(parsed!.cases.filter(({ results }) => results[0]?.startsWith('error'))).toHaveLength(
      totals.errors,
    );
  });
});

it.runIf(runs).each([
  ['<script>alert(1)</script>', '<script>alert(1)</script>'],
  [`"quotes" & 'more'`, `"quotes" & 'more'`],
  [']]> <!-- -->', ']]> <!-- -->'],
  ['nul \u0000, escape \u001b, bell \u0007', 'nul \ufffd, escape \ufffd, bell \ufffd'],
  ['lines\nand\ttabs\r', 'lines\nand\ttabs\r'],
  ['half a pair \ud83d, \uffff', 'half a pair \ufffd, \ufffd'],
])(titled('carries %j through an XML parser'), async (claim, read) => {
  const it = verdict({ judgements: [{ ...judgements[0]!, claim }], doubts: [claim] });
  const parsed = await parse(renderJunit({ entries: [], verdict: it, folder }));
  expect(parsed?.cases[1]?.name).toBe(`${read} [baseline]`);
});

it('leaves ordinary text alone', () => {
  expect(xml('P95 of all requests ≤ 200 ms 😀')).toBe('P95 of all requests ≤ 200 ms 😀');
});
