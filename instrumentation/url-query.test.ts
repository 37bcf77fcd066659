import { expect, it } from 'vitest';
import { withoutSecrets } from './url-query.ts';

it.each([
  ['/search', '/search'],
  ['/search?q=a+b&token=secret', '/search?q=*&token=*'],
  ['/search?flag', '/search?flag'],
  ['/search?a=b=c&d=', '/search?a=*&d=*'],
  ['http://host:80/x?password=1?2', 'http://host:80/x?password=*'],
])('%s is told as %s', (url, told) => {
  expect(withoutSecrets(url)).toBe(told);
});
