#!/usr/bin/env node
import { delimiter } from 'node:path';
import { CommanderError } from 'commander';
import { type Config, ConfigError, readConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { createProvider } from '../parts.ts';
import type { AdminContext } from './context.ts';
import { exitCodes, explain, UsageError } from './exit.ts';
import { buildProgram } from './program.ts';

/**
 * memory-admin: what somebody does who runs the service. Exit codes: 0, 1 it failed, 64 it was asked for wrongly, 78 the
 * configuration is wrong.
 */
async function main(): Promise<void> {
  // Whoever reads us has seen enough (`| head -1`): that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  try {
    await buildProgram(contextOf(process.env)).parseAsync();
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    // Commander has said it already.
    if (!(error instanceof CommanderError)) process.stderr.write(`memory-admin: ${explain(error)}\n`);
  }
}

function contextOf(environment: NodeJS.ProcessEnv): AdminContext {
  return {
    out: process.stdout,
    err: process.stderr,
    input: process.stdin,
    isTerminal: Boolean(process.stdin.isTTY),
    databaseOf: (givenUrl) => {
      const given = givenUrl === undefined ? environment : { ...environment, DATABASE_URL: givenUrl };
      const { url, connectTimeoutMs } = readConfig(given).database;
      return { url, connectTimeoutMs };
    },
    cacheOf: () => withoutDatabase(environment).cache,
    embedder: () => createProvider(withoutDatabase(environment).embeddings, createLogger('silent')),
    serviceUrl: () => {
      const { host, port } = withoutDatabase(environment);
      return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    },
    tools: {
      searchPath: (environment.PATH ?? '').split(delimiter).filter(Boolean),
      toolFolder: environment.PG_BIN || undefined,
    },
  };
}

/** The settings for whoever needs none of the database, which may have been given otherwise. */
function withoutDatabase(environment: NodeJS.ProcessEnv): Config {
  return readConfig({ ...environment, DATABASE_URL: environment.DATABASE_URL || 'postgres://127.0.0.1' });
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.badUsage;
  if (error instanceof UsageError) return exitCodes.badUsage;
  if (error instanceof ConfigError) return exitCodes.badConfig;
  return exitCodes.failed;
}

await main();
