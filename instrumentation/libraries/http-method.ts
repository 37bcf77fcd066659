/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/ `http.request.method` */
const known = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
]);

export const otherMethod = '_OTHER';

/** The method, or `_OTHER`: what callers invent makes neither names nor series. */
export function methodOf(method: string | undefined): string {
  return method !== undefined && known.has(method) ? method : otherMethod;
}

/** What stands for the method in the name of a span. */
export function nameOf(method: string): string {
  return method === otherMethod ? 'HTTP' : method;
}
