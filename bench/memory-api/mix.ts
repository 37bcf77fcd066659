import { sentence } from '../../examples/memory-api/seed-sentence.ts';

/**
 * The load, the same for every part of the bench and in k6. No Node modules here, and no npm packages.
 *
 * Who asks is drawn by Zipf's law over the users, of whom the first has the most memories. Of a user's memories some are
 * read again and again, and so are pages; a user searches for a few things of its own.
 */
export const mix = {
  /** Of 1,000 requests. */
  shares: { read: 780, list: 90, search: 118, create: 4, update: 4, delete: 4 },
  users: 200,
  memories: 100_000,
  ofLargest: 10_000,
  exponents: { users: 1, memories: 1.6, queries: 1.5, pages: 2 },
  /** How many of a user's memories are read and changed: fewer than each has, so that others can go. */
  popular: 400,
  /** What one user searches for. */
  queries: 8,
  pages: 5,
} as const;

export type Route = keyof typeof mix.shares;
export const routes = Object.keys(mix.shares) as Route[];

const ofOthers = Math.floor((mix.memories - mix.ofLargest) / (mix.users - 1));

/** How many memories a user has, from 1. */
export function memoriesOf(user: number): number {
  if (user === 1) return mix.ofLargest;
  const rest = (mix.memories - mix.ofLargest) % (mix.users - 1);
  return ofOthers + (user - 2 < rest ? 1 : 0);
}

export function userId(user: number): string {
  return `user-${user}`;
}

/**
 * The memory that the k-th deletion takes, from 0: one that nobody reads, never the same twice, of the largest user as
 * often as that one asks. There are 9,600 of them.
 */
export function memoryToDelete(k: number): [user: number, n: number] {
  if (k % 6 === 0) return [1, mix.popular + 1 + k];
  const others = mix.users - 1;
  return [2 + (k % others), mix.popular + 1 + Math.floor(k / others)];
}

/** Of the n-th memory of a user, both from 1. */
export function memoryId(user: number, n: number): string {
  return `00000000-0000-4000-8000-${hex(user, 4)}${hex(n, 8)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** Chooses by n; neighbours have little in common. */
export function content(user: number, n: number): string {
  return `${sentence(picker(user * 7919 + n * 104_729))} (note ${n}, topic${(user * 31 + n * 17) % 3000}).`;
}

/** What a user searches for; of other users it is something else. */
export function query(user: number, n: number): string {
  return `${sentence(picker(user * 6151 + n * 15_485_863)).toLowerCase()} topic${(user * 31 + n * 17) % 3000}`;
}

function picker(seed: number) {
  let left = seed;
  return <T>(choices: readonly T[]): T => {
    const chosen = choices[left % choices.length]!;
    left = Math.floor(left / choices.length);
    return chosen;
  };
}
