import type { ToolAnnotations } from '@modelcontextprotocol/server';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { AuthorizationError, ValidationError } from '../errors.ts';
import type { Caller, MemoryOperations } from './operations.ts';

/** The part of a logger that the tools use; the one of a request is one, too. */
export type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

/** An operation as a tool. Its input depends on who calls: what the caller implies need not be said. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly annotations: ToolAnnotations;
  readonly output: z.ZodObject;
  input(caller: Caller): InputSchema;
  /**
   * Checks what was given, does it, and gives what `output` lets through.
   *
   * @throws ValidationError, AuthorizationError, and what the operation throws
   */
  call(
    operations: MemoryOperations,
    caller: Caller,
    given: unknown,
    log: Log,
  ): Promise<Record<string, unknown>>;
}

type InputSchema = z.ZodObject<{ user_id: z.ZodType<string | undefined> }>;

interface ToolSpec<I extends InputSchema, O extends z.ZodObject>
  extends Omit<Tool, 'input' | 'output' | 'call'> {
  input(caller: Caller): I;
  output: O;
  run(operations: MemoryOperations, input: z.output<I>, log: Log): Promise<z.input<O>>;
}

export function defineTool<I extends InputSchema, O extends z.ZodObject>({
  run,
  ...spec
}: ToolSpec<I, O>): Tool {
  return {
    ...spec,
    async call(operations, caller, given, log) {
      const input = parsed(spec.input(caller), given);
      if (caller.userId !== undefined && input.user_id !== caller.userId)
        throw new AuthorizationError('acting for another user');
      return spec.output.parse(await run(operations, input, log));
    },
  };
}

function parsed<I extends InputSchema>(schema: I, given: unknown): z.output<I> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ValidationError(
    result.error.issues.map(({ path, message }) => ({
      field: ['arguments', ...path.map(String)].join('.'),
      problem: message,
    })),
  );
}
