import { z } from 'zod';

/**
 * What the preload says over the control channel, one JSON object a line (`instrumentation/faults/control.ts` is the
 * other end). It comes from somebody else's process, so it is checked.
 */
export const messageSchema = z.discriminatedUnion('say', [
  z.object({ say: z.literal('hello'), token: z.string(), pid: z.number().int(), node: z.string() }),
  z.object({ say: z.literal('in-force'), id: z.string() }),
  z.object({ say: z.literal('healed'), id: z.string() }),
  z.object({ say: z.literal('refused'), id: z.string().optional(), reason: z.string() }),
  z.object({ say: z.literal('over'), id: z.string(), reason: z.string() }),
  z.object({
    say: z.literal('status'),
    id: z.string(),
    dateMs: z.number(),
    loopDelayMs: z.number(),
    heapUsedBytes: z.number(),
    cpuMs: z.number(),
    lookup: z.object({ name: z.string(), tookMs: z.number(), failed: z.string().optional() }).optional(),
  }),
]);
export type Message = z.output<typeof messageSchema>;
export type StatusMessage = Extract<Message, { say: 'status' }>;

/** What a process answers to the command with the same id. */
export type Answer = Exclude<Message, { say: 'hello' | 'over' }>;
