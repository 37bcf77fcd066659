import { z } from 'zod';
import type { Problem } from '../errors.ts';
import { metadataProblems, textProblems, userIdPattern, userIdProblems } from '../http/validators.ts';
import { kinds } from '../memory.ts';
import type { Caller } from './operations.ts';

/** What a validator of the service finds, as zod tells it; `problemsOf` gets '' as the field. */
function holdsTo<T>(problemsOf: (field: string, value: T) => readonly Problem[]) {
  return (value: T, context: z.RefinementCtx<T>): void => {
    for (const { field, problem } of problemsOf('', value))
      context.addIssue({ code: 'custom', path: field.split('.').slice(1), message: problem });
  };
}

function text(maxCharacters: number, description: string) {
  return z
    .string()
    .superRefine(holdsTo((field, value) => textProblems(field, value, { maxCharacters })))
    .meta({ minLength: 1, maxLength: maxCharacters, description });
}

export const userId = z
  .string()
  .superRefine(holdsTo(userIdProblems))
  .meta({ pattern: userIdPattern, description: 'Whose memories' });
const id = z.guid().toLowerCase().describe('The id of the memory, a UUID');
const kind = z
  .enum(kinds)
  .describe('fact: what is so; intervention: what was done; reflection: what was thought about it');
const content = text(4000, 'What is remembered');
const metadata = z
  .record(z.string(), z.unknown())
  .superRefine(holdsTo(metadataProblems))
  .describe('Anything else that belongs to it, as JSON: at most 8 levels and 16 KiB');

/** A caller who may act for one user only need not say for whom. */
const ofOneUser = ({ userId: own }: Caller) => (own === undefined ? userId : userId.default(own));
/** An id says enough; a user beside it makes sure that the memory is theirs. */
const ofAnyUser = ({ userId: own }: Caller) => (own === undefined ? userId.optional() : userId.default(own));

export const createInput = (caller: Caller) =>
  z.strictObject({
    user_id: ofOneUser(caller),
    id: id.exactOptional().describe('Your own, a UUID: with it the same memory may be given again'),
    kind,
    content,
    metadata: metadata.exactOptional(),
  });

export const oneMemoryInput = (caller: Caller) => z.strictObject({ user_id: ofAnyUser(caller), id });

export const listInput = (caller: Caller) =>
  z.strictObject({
    user_id: ofOneUser(caller),
    kind: kind.exactOptional(),
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
    require_meaning: z
      .boolean()
      .default(false)
      .describe('Fail when the meaning of the query is not known just now, rather than find by words'),
  });
