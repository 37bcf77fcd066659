/** `?page=*&token=*`: names of query parameters without their values. */
export function withoutQueryValues(search: string): string {
  return search.replace(/=[^&]*/g, '=*');
}

/** Path or URL with the values of its query taken out. */
export function withoutSecrets(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? url : url.slice(0, at) + withoutQueryValues(url.slice(at));
}
