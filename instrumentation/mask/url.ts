import { isKey } from './tokens.ts';

/**
 * A segment or a name that looks like a word somebody chose: `memories`, `api-v1`, `getUser`, `index.html`, `k8s`. Anything
 * else may be an id or a secret.
 */
const word =
  /^(?=.{1,32}$)[._]?(?:(?:[A-Za-z]?[a-z]{1,19}(?:[A-Z][a-z]{1,19}){0,3}|[A-Za-z]{1,4})\d{0,3}|[a-z]\d{1,2}[a-z])(?:[._-](?:(?:[A-Za-z]?[a-z]{1,19}(?:[A-Z][a-z]{1,19}){0,3}|[A-Za-z]{1,4})\d{0,3}|[a-z]\d{1,2}[a-z]|\d{1,3})){0,4}$/;
const mostSegments = 16;
const mostParameters = 20;

/** `/users/*` for `/users/8f31…`: a path with `*` for everything that is no plain word. */
export function safePath(path: string): string {
  const segments = path.split('/', mostSegments + 1);
  if (segments.length > mostSegments) segments[mostSegments] = '*';
  return segments.map((segment) => (segment === '' || isWord(segment) ? segment : '*')).join('/');
}

/** `page=*&token=*` for what stands behind the `?`: names that look like names, no values. */
export function safeQuery(query: string): string {
  const parameters = query.split(/[&;]/, mostParameters + 1);
  if (parameters.length > mostParameters) parameters[mostParameters] = '*';
  return parameters.map(safeParameter).join('&');
}

function safeParameter(parameter: string): string {
  const equals = parameter.indexOf('=');
  // A parameter without a name is a value.
  if (equals < 0) return parameter === '' ? '' : '*';
  const name = parameter.slice(0, equals);
  return `${name === '' || isName(name) ? name : '*'}=*`;
}

/** Also `filter[name]` and `ids[]`. */
function isName(name: string): boolean {
  const [head = '', ...inBrackets] = name.replaceAll(']', '').split('[', 4);
  return isWord(head) && inBrackets.every((part) => part === '' || isWord(part));
}

/**
 * A whole URL, or a path with its query: no user, no password, no values, no fragment, and `*` for the segments of the path
 * that are no plain words. Text that is no URL is treated as a path; nothing is thrown.
 */
export function safeUrl(url: string): string {
  const [, scheme = '', authority = '', rest = ''] =
    /^([a-z][a-z0-9+.-]{0,31}:)?(\/\/[^/?#]*)?([^#]*)/i.exec(url) ?? [];
  if (authority === '') return safeTarget(url.split('#', 1)[0] ?? '');
  return `${scheme}//${safeHost(authority.slice(authority.lastIndexOf('@') + 1).replace(/^\/\//, ''))}${safeTarget(rest)}`;
}

function safeTarget(target: string): string {
  const at = target.indexOf('?');
  return at < 0 ? safePath(target) : `${safePath(target.slice(0, at))}?${safeQuery(target.slice(at + 1))}`;
}

/** A name or an address, with a port: `user:secret` without an `@` behind it is neither. */
function safeHost(host: string): string {
  return /^(?:[\w.-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i.test(host) ? host : '*';
}

function isWord(text: string): boolean {
  return word.test(text) && !isKey(text);
}
