import { expect, it } from 'vitest';
import { cutOffVerdict, judgements, verdict } from './fixtures/verdict.ts';
import { renderMarkdown } from './markdown.ts';

const folder = 'runs/redis-outage/2026-11-21T05-14-54.000Z';

it.each([
  ['every-outcome', verdict()],
  ['cut-off', cutOffVerdict()],
])('%s reads like its golden', async (name, it) => {
  await expect(renderMarkdown({ entries: [], verdict: it, folder })).toMatchFileSnapshot(
    `goldens/${name}.markdown.txt`,
  );
});

it.each([
  ['a|b', 'a\\|b'],
  ['<img src=x>', '&lt;img src=x>'],
  ['**bold** _it_ [x](y)', '\\*\\*bold\\*\\* \\_it\\_ \\[x\\](y)'],
  ['two\nlines', 'two lines'],
])('keeps %j as text', (claim, text) => {
  const rendered = renderMarkdown({
    entries: [],
    verdict: verdict({ judgements: [{ ...judgements[0]!, claim }] }),
    folder,
  });
  expect(rendered).toContain(`| ✓ met | ${text} | baseline |`);
});

it('fences a replay command that holds a fence', () => {
  const replay = 'echo ```';
  expect(renderMarkdown({ entries: [], verdict: verdict({ replay }), folder })).toContain(
    `\`\`\`\`sh\n${replay}\n\`\`\`\``,
  );
});
