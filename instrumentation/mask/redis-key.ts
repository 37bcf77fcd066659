/**
 * Commands whose first argument is a key: what `COMMAND` of Redis 7.0 says (first key 1), without those on channels of
 * pub/sub, and the hash and vector commands of Redis 7.4 and 8. Every other argument may be a secret.
 */
const keyed = new Set(
  `append bitcount bitfield bitfield_ro bitpos blmove blpop brpop brpoplpush bzpopmax bzpopmin copy decr decrby del dump
  exists expire expireat expiretime geoadd geodist geohash geopos georadius georadius_ro georadiusbymember
  georadiusbymember_ro geosearch geosearchstore get getbit getdel getex getrange getset hdel hexists hget hgetall hincrby
  hincrbyfloat hkeys hlen hmget hmset hrandfield hscan hset hsetnx hstrlen hvals incr incrby incrbyfloat lcs lindex
  linsert llen lmove lpop lpos lpush lpushx lrange lrem lset ltrim mget move mset msetnx persist pexpire pexpireat
  pexpiretime pfadd pfcount pfmerge psetex pttl rename renamenx restore rpop rpoplpush rpush rpushx sadd scard sdiff
  sdiffstore set setbit setex setnx setrange sinter sinterstore sismember smembers smismember smove sort sort_ro spop
  srandmember srem sscan strlen substr sunion sunionstore touch ttl type unlink watch xack xadd xautoclaim xclaim xdel
  xlen xpending xrange xrevrange xsetid xtrim zadd zcard zcount zdiffstore zincrby zinterstore zlexcount zmscore zpopmax
  zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore zrank zrem zremrangebylex zremrangebyrank
  zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunionstore
  hexpire hexpireat hexpiretime hgetdel hgetex hpersist hpexpire hpexpireat hpexpiretime hpttl hsetex httl xackdel xdelex
  msetex delex digest vadd vcard vdim vemb vgetattr vinfo vismember vlinks vrandmember vrem vsetattr vsim`.split(
    /\s+/,
  ),
);
/** The others, of which nothing but the command is told. */
const unkeyed = new Set(
  `acl asking auth bgrewriteaof bgsave bitop blmpop bzmpop client cluster command config dbsize debug discard echo eval
  eval_ro evalsha evalsha_ro exec failover fcall fcall_ro flushall flushdb function hello info keys lastsave latency lmpop
  lolwut memory migrate module monitor multi object pfdebug pfselftest ping psubscribe psync publish pubsub punsubscribe
  quit randomkey readonly readwrite replconf replicaof reset role save scan script select shutdown sintercard slaveof
  slowlog spublish ssubscribe subscribe sunsubscribe swapdb sync time unsubscribe unwatch wait waitaof xgroup xinfo xread
  xreadgroup zdiff zinter zintercard zmpop zunion`.split(/\s+/),
);

/** A segment that names a kind of key rather than one of them. */
const fixed = /^[a-z][a-z_-]{0,23}$/;
const mostSegments = 8;

/** `get memory:*` for `GET memory:8f31…`: the command and the pattern of its key, never a value. */
export function redisCommand(command: string, args: readonly unknown[]): string {
  const name = command.toLowerCase();
  if (!keyed.has(name)) return unkeyed.has(name) ? name : lettersOf(name);
  const key = args[0];
  return typeof key === 'string' ? `${name} ${keyPattern(key)}` : name;
}

/** The last segment is always the one that tells keys apart. */
function keyPattern(key: string): string {
  let from = 0;
  for (let segments = 0; segments < mostSegments; segments++) {
    const end = key.indexOf(':', from);
    if (end < 0 || !fixed.test(key.slice(from, end))) break;
    from = end + 1;
  }
  return `${key.slice(0, from)}*`;
}

/** A command of a module, or something that a caller made up. */
function lettersOf(name: string): string {
  return name.replace(/[^a-z.]/g, '').slice(0, 32) || 'unknown';
}
