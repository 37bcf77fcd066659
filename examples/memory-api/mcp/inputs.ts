import { z } from 'zod';
import { kinds } from '../memory.ts';
import type { Caller } from './operations.ts';
import { isStorable } from './storable.ts';

/** The same limits as the HTTP API has. Lengths are in Unicode code points, as JSON schema counts them. */
function text(maxLength: number, description: string) {
  return z
    .string()
    .min(1)
    .refine((given) => given.length <= maxLength || [...given].length <= maxLength, {
      error: `expected at most ${maxLength} characters`,
    })
    .refine((given) => isStorable(given), { error: 'expected no NUL character and no lone surrogate' })
    .meta({ maxLength, description });
}

export const userId = text(128, 'Whose memories');
const id = z.guid().toLowerCase().describe('The id of the memory, a UUID');
const kind = z
  .enum(kinds)
  .describe('fact: what is so; intervention: what was done; reflection: what was thought about it');
const content = text(4000, 'What is remembered');
const metadata = z
  .record(z.string(), z.unknown())
  .refine((given) => isStorable(given), {
    error: 'expected at most 32 levels, no NUL character and no lone surrogate',
  })
  .describe('Anything else that belongs to it, as JSON');

/** A caller who may act for one user only need not say for whom. */
const ofOneUser = ({ userId: own }: Caller) => (own === undefined ? userId : userId.default(own));
/** An id says enough; a user beside it makes sure that the memory is theirs. */
const ofAnyUser = ({ userId: own }: Caller) => (own === undefined ? userId.optional() : userId.default(own));

export const createInput = (caller: Caller) =>
  z.strictObject({ user_id: ofOneUser(caller), kind, content, metadata: metadata.exactOptional() });

export const oneMemoryInput = (caller: Caller) => z.strictObject({ user_id: ofAnyUser(caller), id });

export const listInput = (caller: Caller) =>
  z.strictObject({
    user_id: ofOneUser(caller),
    page: z.int().min(1).max(1_000_000).default(1).describe('Counts from 1'),
    limit: z.int().min(1).max(100).default(20).describe('How many are on a page'),
  });

export const updateInput = (caller: Caller) =>
  z
    .strictObject({
      user_id: ofAnyUser(caller),
      id,
      kind: kind.exactOptional(),
      content: content.exactOptional(),
      metadata: metadata.exactOptional(),
    })
    .refine(({ kind, content, metadata }) => kind ?? content ?? metadata, {
      error: 'expected at least one of kind, content and metadata',
    });

export const searchInput = (caller: Caller) =>
  z.strictObject({
    user_id: ofOneUser(caller),
    query: text(1000, 'What the memories should be about'),
    limit: z.int().min(1).max(50).default(10).describe('How many are found at most'),
  });
