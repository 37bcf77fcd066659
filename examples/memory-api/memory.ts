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

/** What a caller gives to have one stored. */
export type NewMemory = Pick<Memory, 'user_id' | 'kind' | 'content'> & Partial<Pick<Memory, 'metadata'>>;

/** One that a search found; `score` is the cosine similarity to the query, -1..1. */
export type ScoredMemory = Memory & { score: number };
