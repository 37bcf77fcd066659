import { z } from 'zod';

export const kinds = ['fact', 'intervention', 'reflection'] as const;

/** A memory as the API shows it and as the cache keeps it. */
export const memorySchema = z.object({
  id: z.string(),
  user_id: z.string(),
  kind: z.enum(kinds),
  content: z.string(),
  metadata: z.record(z.string(), z.unknown()),
  created_at: z.iso.datetime(),
});

export type Memory = z.infer<typeof memorySchema>;

/** What a caller gives to have one stored; with an `id` of their own, they may give it again. */
export type NewMemory = Pick<Memory, 'user_id' | 'kind' | 'content'> &
  Partial<Pick<Memory, 'id' | 'metadata'>>;

const pagination = z.object({ page: z.int(), limit: z.int(), total: z.int(), pages: z.int() });

/** A page of memories, as the API shows it and as the cache keeps it. */
export const pageSchema = z.object({ data: z.array(memorySchema), pagination });

/**
 * One that a search found. `score` is the cosine similarity to the query, -1..1; of a search by words a rank, 0..1, that
 * compares with nothing but the others of the same answer.
 */
export const scoredMemorySchema = memorySchema.extend({ score: z.number() });

export type ScoredMemory = z.infer<typeof scoredMemorySchema>;

/** `degraded`: they were found by their words, because nobody could tell what the query means. */
export const foundSchema = z.object({ memories: z.array(scoredMemorySchema), degraded: z.boolean() });

export type Found = z.infer<typeof foundSchema>;
