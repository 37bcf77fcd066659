import { describe, expect, it } from 'vitest';
import { escaped, followable, html, jsonIsland } from './markup.ts';

describe('html', () => {
  it.each([
    ['<script>', '&#60;script&#62;'],
    ['a & b', 'a &#38; b'],
    ['" onload="x', '&#34; onload=&#34;x'],
    ["' onload='x", '&#39; onload=&#39;x'],
    ['`x`', '&#96;x&#96;'],
    ['nul\u0000 esc\u001b', 'nul\ufffd esc\ufffd'],
    ['\ud800', '\ufffd'],
  ])('escapes %j', (text, safe) => {
    expect(html`<p title="${text}">${text}</p>`.text).toBe(`<p title="${safe}">${safe}</p>`);
    expect(escaped(text)).toBe(safe);
  });

  it('keeps markup, joins lists, and makes nothing of nothing', () => {
    const item = (it: string) => html`<li>${it}</li>`;
    expect(html`<ul>${['a', '<'].map(item)}${undefined}${false}${0}</ul>`.text).toBe(
      '<ul><li>a</li><li>&#60;</li>0</ul>',
    );
  });
});

it('keeps JSON inside its script', () => {
  const value = ['</script><script>alert(1)</script>', '<!--'];
  const { text } = jsonIsland(value);
  expect(text).not.toContain('<');
  expect(JSON.parse(text)).toEqual(value);
});

it.each([
  ['http://127.0.0.1:16686/trace/1', 'http://127.0.0.1:16686/trace/1'],
  ['https://jaeger.test/trace/1', 'https://jaeger.test/trace/1'],
  ['javascript:alert(1)', undefined],
  [' jAvascript:alert(1)', undefined],
  ['data:text/html,x', undefined],
  ['no address', undefined],
  [undefined, undefined],
])('follows %j: %j', (url, followed) => {
  expect(followable(url)).toBe(followed);
});
