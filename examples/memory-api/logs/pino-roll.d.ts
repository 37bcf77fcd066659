/** pino-roll brings no types. What is used of it: https://github.com/mcollina/pino-roll#options */
declare module 'pino-roll' {
  import type { EventEmitter } from 'node:events';

  interface Options {
    file: string;
    /** A number with a unit: `b`, `k`, `m` or `g`. */
    size: string;
    /** A number is in milliseconds. */
    frequency: 'daily' | 'hourly' | number;
    /** As in date-fns. */
    dateFormat: string;
    mkdir: boolean;
    sync: boolean;
  }

  /** A SonicBoom; `ready` is emitted each time a file was opened. */
  interface RollingFile extends EventEmitter {
    /** The file that is written to. */
    file: string | null;
    write(text: string): boolean;
    end(): void;
    destroy(): void;
  }

  export default function roll(options: Options): Promise<RollingFile>;
}
