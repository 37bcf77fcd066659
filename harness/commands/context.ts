import type { Host } from '../host.ts';

/** What every command gets: the world, and a way to say how it ended. */
export interface Context {
  host: Host;
  exitWith(code: number): void;
}
