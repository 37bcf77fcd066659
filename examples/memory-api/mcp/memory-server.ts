import { type CallToolResult, McpServer, type StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import { InternalError, ServiceError } from '../errors.ts';
import { DeadlineError } from '../http/deadline.ts';
import { version } from '../version.ts';
import type { Calls } from './calls.ts';
import type { Caller, MemoryOperations } from './operations.ts';
import type { Log, Tool } from './tool.ts';
import { tools } from './tools.ts';

export interface MemoryServerOptions {
  operations: MemoryOperations;
  caller: Caller;
  log: Log;
  /** Knows every call that runs, also when whoever made it is gone. */
  calls: Calls;
  /** After this a call is answered with DEADLINE_EXCEEDED, done or not. */
  callTimeoutMs: number;
  /** Hears of every call that was done, for whoever audits. */
  onDone?: () => void;
  /** Hears of every call that failed, for whoever audits. */
  onFailed?: (error: ServiceError) => void;
}

const identity = { name: 'memory-api', title: 'Memory API', version };

/** The memories as tools, for one caller; not yet connected to anything. */
export function createMemoryServer(options: MemoryServerOptions): McpServer {
  // The list of tools never changes while the service runs, so there is nothing to tell of it.
  const server = new McpServer(identity, { capabilities: { tools: { listChanged: false } } });
  for (const tool of tools) {
    const { name, title, description, annotations } = tool;
    const inputSchema = announced(() => tool.input(options.caller));
    const outputSchema = announced(() => tool.output);
    server.registerTool(name, { title, description, annotations, inputSchema, outputSchema }, (given) =>
      answer(tool, given, options),
    );
  }
  return server;
}

/**
 * Shown to clients, not used to check: the SDK would answer with a text of its own where the tool answers with an
 * error of the service.
 */
function announced(schema: () => z.ZodType): StandardSchemaWithJSON {
  return {
    '~standard': {
      version: 1,
      vendor: 'zod',
      validate: (value) => ({ value }),
      jsonSchema: {
        input: (target) => schema()['~standard'].jsonSchema!.input(target),
        output: (target) => schema()['~standard'].jsonSchema!.output(target),
      },
    },
  };
}

/** Never throws: what goes wrong is told as the result of the tool, for the model to read. */
async function answer(tool: Tool, given: unknown, options: MemoryServerOptions): Promise<CallToolResult> {
  const { operations, caller, log, calls, callTimeoutMs } = options;
  try {
    const call = calls.run(() => tool.call(operations, caller, given, log));
    const result = await within(callTimeoutMs, call);
    options.onDone?.();
    return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: result };
  } catch (thrown) {
    const error = thrown instanceof ServiceError ? thrown : new InternalError(thrown);
    options.onFailed?.(error);
    return failed(error, tool, log);
  }
}

/** @throws DeadlineError when `work` is not done in time; it goes on, and nobody hears of it */
async function within<R>(timeoutMs: number, work: Promise<R>): Promise<R> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new DeadlineError(timeoutMs)), timeoutMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The body that the HTTP API answers with, as text only: structured content has to fit the output schema of the
 * tool, and clients check it also when it is an error.
 */
function failed(error: ServiceError, { name }: Tool, log: Log): CallToolResult {
  const fields = {
    tool: name,
    error_code: error.code,
    category: error.category,
    severity: error.severity,
  };
  if (error.status >= 500) log.error({ ...fields, err: error }, error.message);
  else log.info(fields, error.message);
  return { content: [{ type: 'text', text: JSON.stringify(error.toBody()) }], isError: true };
}
