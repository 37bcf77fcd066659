import { z } from 'zod';
import { memorySchema } from '../memory.ts';

/* The answers of the HTTP API. What an operation gives beyond them does not go out. */

export const memoryOutput = z.object({ data: memorySchema });

export const pageOutput = z.object({
  data: z.array(memorySchema),
  pagination: z.object({ page: z.int(), limit: z.int(), total: z.int(), pages: z.int() }),
});

export const foundOutput = z.object({
  data: z.array(memorySchema.extend({ score: z.number().describe('Cosine similarity, -1..1') })),
});

export const deletedOutput = z.object({ data: z.object({ id: z.string(), deleted: z.literal(true) }) });
