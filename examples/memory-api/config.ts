import { z } from 'zod';

const milliseconds = z.coerce.number().int().min(1).max(3_600_000);
const count = z.coerce.number().int().min(1);

/** Every setting, by the name of its environment variable. README.md lists them with their meaning. */
export const settings = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  SHUTDOWN_TIMEOUT_MS: milliseconds.default(10_000),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'expected a postgres:// URL' }),
  DATABASE_POOL_SIZE: count.max(1000).default(10),
  DATABASE_CONNECT_TIMEOUT_MS: milliseconds.default(2000),
  DATABASE_STATEMENT_TIMEOUT_MS: milliseconds.default(5000),
  CACHE_ENABLED: z.stringbool().default(true),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'expected a redis:// URL' })
    .default('redis://127.0.0.1:6379'),
  REDIS_COMMAND_TIMEOUT_MS: milliseconds.default(250),
  CACHE_TTL_S: count.default(300),
  BREAKER_ENABLED: z.stringbool().default(true),
  BREAKER_FAILURES: count.default(5),
  BREAKER_RESET_MS: milliseconds.default(60_000),
  SEED: z.coerce.number().int().min(0).default(1),
  SEED_COUNT: count.max(1_000_000).default(5000),
});

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
  const parsed = settings.safeParse(given);
  if (!parsed.success) throw new ConfigError(describe(parsed.error.issues, given));
  const env = parsed.data;
  return {
    host: env.HOST,
    port: env.PORT,
    logLevel: env.LOG_LEVEL,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
    database: {
      url: env.DATABASE_URL,
      poolSize: env.DATABASE_POOL_SIZE,
      connectTimeoutMs: env.DATABASE_CONNECT_TIMEOUT_MS,
      statementTimeoutMs: env.DATABASE_STATEMENT_TIMEOUT_MS,
    },
    cache: {
      enabled: env.CACHE_ENABLED,
      url: env.REDIS_URL,
      commandTimeoutMs: env.REDIS_COMMAND_TIMEOUT_MS,
      ttlS: env.CACHE_TTL_S,
      breaker: {
        enabled: env.BREAKER_ENABLED,
        failures: env.BREAKER_FAILURES,
        resetMs: env.BREAKER_RESET_MS,
      },
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
  return name.endsWith('_URL') ? 'the value is not shown' : `it is "${value}"`;
}
