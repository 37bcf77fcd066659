/** Commands whose first argument is a key. Every other argument may be a secret (AUTH, EVAL, PUBLISH …). */
const keyed =
  /^(append|decr|decrby|del|exists|expire\w*|persist|pexpire\w*|pttl|ttl|type|touch|unlink|incr\w*|get\w*|set\w*|psetex|strlen|m?get|mset\w*|h[a-z]+|l(index|insert|len|pop|pos|push\w*|range|rem|set|trim)|r(pop\w*|push\w*)|s(add|card|ismember|members|pop|randmember|rem|union|inter|diff)|x(add|len|range|read|del)|z[a-z]+)$/i;
/** A segment that names a kind of key rather than one of them. */
const fixed = /^[a-z][a-z_-]{0,23}$/;

/** `get memory:*` for `GET memory:8f31…`: the command and the pattern of its key, never a value. */
export function redisStatement(command: string, args: readonly unknown[]): string {
  const key = args[0];
  if (!keyed.test(command) || command.toLowerCase() === 'hello' || typeof key !== 'string') return command;
  return `${command} ${keyPattern(key)}`;
}

/** The last segment is always the one that tells keys apart. */
function keyPattern(key: string): string {
  const segments = key.split(':').slice(0, -1);
  const firstOpen = segments.findIndex((segment) => !fixed.test(segment));
  return [...(firstOpen < 0 ? segments : segments.slice(0, firstOpen)), '*'].join(':');
}
