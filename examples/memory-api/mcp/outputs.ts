import { z } from 'zod';
import { memorySchema, pageSchema, scoredMemorySchema } from '../memory.ts';

/* The answers of the HTTP API. What an operation gives beyond them does not go out. */

export const memoryOutput = z.object({ data: memorySchema });

export const pageOutput = pageSchema;

export const foundOutput = z.object({
  data: z.array(scoredMemorySchema),
  degraded: z.boolean().describe('Found by words, because the meaning of the query is not known just now'),
});

export const deletedOutput = z.object({ data: z.object({ id: z.string(), deleted: z.literal(true) }) });
