import { describe, expect, it } from 'vitest';
import { canaries, inText } from './testing/canaries.ts';
import { safePath, safeQuery, safeUrl } from './url.ts';

it.each([
  ['/', '/'],
  ['', ''],
  ['*', '*'],
  ['/api/v1/memories', '/api/v1/memories'],
  ['/api/v1/memories/', '/api/v1/memories/'],
  ['/api/v1/memories/8f31c2aa-1111-4222-8333-123456789abc', '/api/v1/memories/*'],
  ['/users/42/orders/7', '/users/*/orders/*'],
  ['/users/ada@example.com', '/users/*'],
  ['/users/ada%40example.com', '/users/*'],
  ['/oauth2/getUserInfo', '/oauth2/getUserInfo'],
  ['/static/index.html', '/static/index.html'],
  ['/v1.2/k8s/i18n', '/v1.2/k8s/i18n'],
  ['/.well-known/openid-configuration', '/.well-known/openid-configuration'],
  ['/page;jsessionid=4A5B', '/*'],
  ['//double//slash', '//double//slash'],
  ['http://ada:private@host/x', '*//*/x'],
  ['/grüße', '/*'],
  ['/sk-abcdefghijklmnopqr', '/*'],
  [`/${'a/'.repeat(100)}`, `/${'a/'.repeat(15)}*`],
  [`/${'a'.repeat(40)}`, '/*'],
])('the path %s is told as %s', (path, told) => {
  expect(safePath(path)).toBe(told);
});

it.each([
  ['', ''],
  ['q=a+b&token=secret', 'q=*&token=*'],
  ['flag', '*'],
  ['a=b=c&d=', 'a=*&d=*'],
  ['filter[name]=x&ids[]=1', 'filter[name]=*&ids[]=*'],
  ['X-Amz-Signature=8f31', 'X-Amz-Signature=*'],
  ['8f31c2aa11114222=1', '*=*'],
  ['4000056655665556', '*'],
  ['a=1;b=2', 'a=*&b=*'],
  ['&', '&'],
  ['=private', '=*'],
  ['a=1&'.repeat(100), `${'a=*&'.repeat(20)}*`],
])('the query %s is told as %s', (query, told) => {
  expect(safeQuery(query)).toBe(told);
});

it.each([
  ['http://host:80/x?password=1?2', 'http://host:80/x?password=*'],
  ['https://ada:private@host/x#private', 'https://host/x'],
  ['https://ada:p@ss@host/x', 'https://host/x'],
  ['https://ada:p/vate@host/x', 'https://*/*/x'],
  ['https://host', 'https://host'],
  ['https://host?a=1', 'https://host?a=*'],
  ['https://[::1]:8080/a/1', 'https://[::1]:8080/a/*'],
  ['//host/a', '//host/a'],
  ['/search?q=1#private', '/search?q=*'],
  ['/search', '/search'],
  ['data:text/plain,private', '*/*'],
  ['http://', 'http://*'],
  ['http:///x', 'http://*/x'],
  ['http://host:private/x', 'http://*/x'],
  ['%E0%A4%A', '*'],
  ['not a url', '*'],
  ['', ''],
])('the URL %s is told as %s', (url, told) => {
  expect(safeUrl(url)).toBe(told);
});

describe.each(canaries)('a $name', (canary) => {
  const raw = [canary.value, inText(canary)];
  const every = raw.flatMap((text) => [text, encodeURIComponent(text), encodeURI(text)]);
  it.each([
    ['a path', (text: string) => safePath(`/users/${text}/orders`)],
    ['the value of a parameter', (text: string) => safeQuery(`token=${text}&page=1`)],
    ['the name of a parameter', (text: string) => safeQuery(`${text}=1&${text}`)],
    ['a URL', (text: string) => safeUrl(`https://host/${text}?${text}=${text}#${text}`)],
    ['the user of a URL', (text: string) => safeUrl(`https://ada:${text}@host/x`)],
  ])('in %s is not told', (_, tell) => {
    for (const text of every) for (const marker of canary.markers) expect(tell(text)).not.toContain(marker);
  });
});
