import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { z } from 'zod';

const milliseconds = z.coerce.number().int().min(1).max(3_600_000);
const count = z.coerce.number().int().min(1);
/** Names of hosts as a URL has them, without scheme and port, one after the other. */
const hosts = z
  .string()
  .regex(
    /^(?:[\w.-]+|\[[\da-f:.]+\])(?:,(?:[\w.-]+|\[[\da-f:.]+\]))*$/i,
    'expected names without scheme and port, with commas between',
  );

/** Names of Fastify for networks that nobody else can reach. */
const networkNames = ['loopback', 'linklocal', 'uniquelocal'];
const isNetwork = (part: string) => {
  const [address = '', bits = '0', ...rest] = part.split('/');
  const longest = { 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return networkNames.includes(part) || (rest.length === 0 && /^\d+$/.test(bits) && Number(bits) <= longest);
};
/** Which proxies are believed when they say whom they speak for: none, so many, or those at these addresses. */
const trustProxy = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine(
    (parts) => /^(?:false|true|\d{1,2})$/.test(parts.join()) || parts.every(isNetwork),
    'expected false, the number of proxies, or their addresses or networks, with commas between',
  )
  .transform((parts) => {
    const [only = ''] = parts;
    if (only === 'false' || only === '0') return false;
    if (only === 'true') return 1;
    return /^\d+$/.test(only) ? Number(only) : parts;
  });

/** Every setting, by the name of its environment variable. README.md lists them with their meaning. */
export const settings = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  INSTANCE: z.string().default(''),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  SHUTDOWN_TIMEOUT_MS: milliseconds.default(15_000),
  REQUEST_TIMEOUT_MS: milliseconds.default(10_000),
  MCP_ALLOWED_HOSTS: hosts.default('localhost,127.0.0.1,[::1]'),
  MCP_ALLOWED_ORIGINS: hosts.default('localhost,127.0.0.1,[::1]'),
  TRUST_PROXY: trustProxy.prefault('false'),
  AUTH_ENABLED: z.stringbool().default(true),
  AUTH_FAILURES_PER_ADDRESS: count.default(20),
  RATE_LIMIT_ENABLED: z.stringbool().default(true),
  RATE_LIMIT_WINDOW_S: count.default(60),
  RATE_LIMIT_PER_USER: count.default(600),
  RATE_LIMIT_PER_ADDRESS: count.default(3000),
  RATE_LIMIT_PER_SERVICE: count.default(60_000),
  HEALTH_INTERVAL_MS: milliseconds.default(300_000),
  HEALTH_TIMEOUT_MS: milliseconds.default(2000),
  LOG_FOLDER: z.string().default(''),
  LOG_FILE_MAX_BYTES: count.default(50 * 1024 * 1024),
  LOG_FILES_KEPT: count.default(14),
  LOG_DAYS_KEPT: count.default(30),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'expected a postgres:// URL' }),
  DATABASE_POOL_SIZE: count.max(1000).default(10),
  DATABASE_POOL_OVERFLOW: z.coerce.number().int().min(0).max(1000).default(20),
  DATABASE_POOL_TIMEOUT_MS: milliseconds.default(30_000),
  DATABASE_POOL_RECYCLE_S: count.default(3600),
  DATABASE_CONNECT_TIMEOUT_MS: milliseconds.default(2000),
  DATABASE_STATEMENT_TIMEOUT_MS: milliseconds.default(5000),
  CACHE_ENABLED: z.stringbool().default(true),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'expected a redis:// URL' })
    .default('redis://127.0.0.1:6379'),
  REDIS_COMMAND_TIMEOUT_MS: milliseconds.default(250),
  CACHE_TTL_S: count.default(300),
  CACHE_NEGATIVE_TTL_S: count.default(30),
  CACHE_PROCESS_ENTRIES: z.coerce.number().int().min(0).default(0),
  CACHE_PROCESS_TTL_MS: milliseconds.default(1000),
  BREAKER_ENABLED: z.stringbool().default(true),
  BREAKER_FAILURES: count.default(5),
  BREAKER_RESET_MS: milliseconds.default(60_000),
  EMBEDDINGS_URL: z
    .string()
    .refine(isProviderUrl, 'expected an http:// or https:// URL without user and password')
    .default(''),
  // What else a header would not take, or quote in its error.
  EMBEDDINGS_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]*$/, 'expected visible ASCII characters without spaces')
    .default(''),
  EMBEDDINGS_MODEL: z.string().min(1).default('hashing'),
  EMBEDDINGS_DIMENSIONS: count.max(2000).default(64),
  EMBEDDINGS_DEADLINE_MS: milliseconds.default(5000),
  EMBEDDINGS_TRY_TIMEOUT_MS: milliseconds.default(2000),
  EMBEDDINGS_CACHE_TTL_S: count.default(86_400),
  RETRY_ATTEMPTS: count.max(10).default(3),
  RETRY_BASE_MS: milliseconds.default(1000),
  RETRY_LONGEST_MS: milliseconds.default(60_000),
  PENDING_PAUSE_MS: milliseconds.default(5000),
  PENDING_LONGEST_PAUSE_MS: milliseconds.default(60_000),
  SEED: z.coerce.number().int().min(0).default(1),
  SEED_COUNT: count.max(1_000_000).default(5000),
});

/** A request that began just before the end is answered, so stopping takes longer than any request. */
function stopsLater(env: z.output<typeof settings>, context: z.core.$RefinementCtx): void {
  const { SHUTDOWN_TIMEOUT_MS: stopMs, REQUEST_TIMEOUT_MS: requestMs } = env;
  if (stopMs > requestMs) return;
  const message = `expected more than REQUEST_TIMEOUT_MS, ${requestMs}, got ${stopMs}`;
  context.addIssue({ code: 'custom', path: ['SHUTDOWN_TIMEOUT_MS'], message });
}

/** Empty: there is none. What names a user is not sent by fetch. */
function isProviderUrl(text: string): boolean {
  const url = URL.parse(text);
  return text === '' || (/^https?:$/.test(url?.protocol ?? '') && !url?.username && !url?.password);
}

export type Config = ReturnType<typeof readConfig>;
export type DatabaseConfig = Config['database'];
export type CacheConfig = Config['cache'];

/** The settings are wrong; the message lists everything that is, one line each. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * The configuration, from environment variables; an empty one counts as not given.
 *
 * @throws ConfigError that names every wrong setting at once
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env) {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = settings.superRefine(stopsLater).safeParse(given);
  if (!parsed.success) throw new ConfigError(describe(parsed.error.issues, given));
  const env = parsed.data;
  const retry = {
    attempts: env.RETRY_ATTEMPTS,
    basePauseMs: env.RETRY_BASE_MS,
    longestPauseMs: env.RETRY_LONGEST_MS,
  };
  const breaker = {
    enabled: env.BREAKER_ENABLED,
    failures: env.BREAKER_FAILURES,
    resetMs: env.BREAKER_RESET_MS,
  };
  /** With a port that is any free one, no name would be this process's own. */
  const instance = env.INSTANCE || (env.PORT === 0 ? undefined : `${hostname()}:${env.PORT}`);
  return {
    host: env.HOST,
    port: env.PORT,
    instance,
    logLevel: env.LOG_LEVEL,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
    requestTimeoutMs: env.REQUEST_TIMEOUT_MS,
    mcp: {
      allowedHostnames: env.MCP_ALLOWED_HOSTS.split(','),
      allowedOriginHostnames: env.MCP_ALLOWED_ORIGINS.split(','),
    },
    trustProxy: env.TRUST_PROXY,
    auth: { enabled: env.AUTH_ENABLED, failuresPerAddress: env.AUTH_FAILURES_PER_ADDRESS },
    rateLimit: {
      enabled: env.RATE_LIMIT_ENABLED,
      windowS: env.RATE_LIMIT_WINDOW_S,
      perUser: env.RATE_LIMIT_PER_USER,
      perAddress: env.RATE_LIMIT_PER_ADDRESS,
      perService: env.RATE_LIMIT_PER_SERVICE,
    },
    health: { everyMs: env.HEALTH_INTERVAL_MS, timeoutMs: env.HEALTH_TIMEOUT_MS },
    /** Absent: the log goes to stdout. */
    ...(env.LOG_FOLDER !== '' && {
      logFiles: {
        folder: env.LOG_FOLDER,
        name: 'memory-api',
        writer: (instance ?? `process-${process.pid}`).replaceAll(/[^\w-]/g, '_'),
        maxFileSizeBytes: env.LOG_FILE_MAX_BYTES,
        rotateEvery: 'daily' as const,
        compress: true,
        keepFiles: env.LOG_FILES_KEPT,
        keepDays: env.LOG_DAYS_KEPT,
      },
    }),
    embeddings: {
      url: env.EMBEDDINGS_URL,
      apiKey: env.EMBEDDINGS_API_KEY,
      model: env.EMBEDDINGS_MODEL,
      dimensions: env.EMBEDDINGS_DIMENSIONS,
      deadlineMs: env.EMBEDDINGS_DEADLINE_MS,
      tryTimeoutMs: env.EMBEDDINGS_TRY_TIMEOUT_MS,
      cacheTtlS: env.EMBEDDINGS_CACHE_TTL_S,
      ...{ retry, breaker },
      pendingPauseMs: env.PENDING_PAUSE_MS,
      pendingLongestPauseMs: env.PENDING_LONGEST_PAUSE_MS,
    },
    database: {
      url: env.DATABASE_URL,
      poolSize: env.DATABASE_POOL_SIZE,
      overflowSize: env.DATABASE_POOL_OVERFLOW,
      acquireTimeoutMs: env.DATABASE_POOL_TIMEOUT_MS,
      recycleAfterS: env.DATABASE_POOL_RECYCLE_S,
      connectTimeoutMs: env.DATABASE_CONNECT_TIMEOUT_MS,
      statementTimeoutMs: env.DATABASE_STATEMENT_TIMEOUT_MS,
      ...{ retry, breaker },
    },
    cache: {
      enabled: env.CACHE_ENABLED,
      url: env.REDIS_URL,
      commandTimeoutMs: env.REDIS_COMMAND_TIMEOUT_MS,
      ttlS: env.CACHE_TTL_S,
      negativeTtlS: env.CACHE_NEGATIVE_TTL_S,
      /** Off unless it is asked for, because it would hide Redis. */
      process:
        env.CACHE_PROCESS_ENTRIES === 0
          ? undefined
          : {
              maxEntries: env.CACHE_PROCESS_ENTRIES,
              maxBytes: 64 * 1024 * 1024,
              ttlMs: env.CACHE_PROCESS_TTL_MS,
            },
      breaker,
    },
    seed: { seed: env.SEED, count: env.SEED_COUNT },
  } as const;
}

function describe(issues: readonly z.core.$ZodIssue[], given: NodeJS.ProcessEnv): string {
  const lines = issues.map((issue) => {
    const name = String(issue.path[0]);
    return `  ${name}: ${issue.message} (${received(name, given[name])})`;
  });
  return ['These environment variables are wrong, see the settings in README.md:', ...lines].join('\n');
}

/** What came, but never a URL: it may hold a password. */
function received(name: string, value: string | undefined): string {
  if (value === undefined) return 'it is not set';
  return /_URL$|_KEY$/.test(name) ? 'the value is not shown' : `it is "${value}"`;
}
