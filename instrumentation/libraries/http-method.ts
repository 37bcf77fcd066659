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

/** The method, or `_OTHER`: what callers invent makes neither names nor series. */
export function methodOf(method: string | undefined): string {
  return method !== undefined && known.has(method) ? method : '_OTHER';
}
