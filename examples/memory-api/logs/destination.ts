import { join } from 'node:path';
import type { DestinationStream } from 'pino';
import roll, { type RollingFile } from 'pino-roll';
import { archiveLogs } from './archive.ts';
import { cleanLogs, type Retention } from './clean.ts';
import { dayFormat, type LogFolder } from './log-folder.ts';

export interface LogFileOptions extends LogFolder, Retention {
  /** Tells this process from others that write to the same folder; letters, digits, `-` and `_`. */
  writer?: string;
  /** A file that has become larger is followed by the next. */
  maxFileSizeBytes: number;
  /** A number is in milliseconds. */
  rotateEvery: 'daily' | 'hourly' | number;
  /** Whether files are compressed when the next one is begun. */
  compress: boolean;
}

export interface LogDestinationOptions {
  /** Undefined: everything goes to `stdout`. */
  files: LogFileOptions | undefined;
  stdout: DestinationStream;
  /** Told once, when files cannot be written (`what` says which) and `stdout` takes over, and when tidying fails. */
  warn: (error: unknown, what: string) => void;
}

export interface LogDestination extends DestinationStream, AsyncDisposable {
  /** The file that is written to; undefined while that is stdout. */
  readonly file: string | undefined;
}

/**
 * Where the log goes: stdout, or files that pino-roll rotates by size and time. It has a limit by count too, but forgets
 * files of earlier processes unless told to take all, knows no age and does not compress: that is done here, each
 * time a file was begun.
 *
 * Never throws and never fails: a file that cannot be opened or written (permissions, a full disk) is given up for
 * stdout until the process ends, and the line that failed is the first to go there.
 */
export async function createLogDestination({
  files,
  stdout,
  warn,
}: LogDestinationOptions): Promise<LogDestination> {
  if (!files) return toStdout(stdout);
  try {
    return toFiles(await openFiles(files), files, stdout, warn);
  } catch (error) {
    warn(error, `log files in ${files.folder} cannot be opened, the log goes to stdout`);
    return toStdout(stdout);
  }
}

function toStdout(stdout: DestinationStream): LogDestination {
  return {
    file: undefined,
    write: (line) => stdout.write(line),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Written synchronously, as pino does with stdout: a crash loses no line, and it is known which line failed. */
function openFiles({
  folder,
  name,
  writer,
  maxFileSizeBytes,
  rotateEvery,
}: LogFileOptions): Promise<RollingFile> {
  return roll({
    file: join(folder, `${writer ? `${name}.${writer}` : name}.log`),
    size: `${maxFileSizeBytes}b`,
    frequency: rotateEvery,
    dateFormat: dayFormat,
    mkdir: true,
    sync: true,
  });
}

function toFiles(
  stream: RollingFile,
  options: LogFileOptions,
  stdout: DestinationStream,
  warn: LogDestinationOptions['warn'],
): LogDestination {
  const stopped = new AbortController();
  const tidying = new Tidying(options, stopped.signal, warn);
  let failed = false;
  stream.on('ready', () => tidying.ask());
  stream.on('error', (error) => {
    if (failed) return;
    failed = true;
    warn(error, `log files in ${options.folder} cannot be written, the log goes to stdout from here on`);
    stream.destroy();
  });
  tidying.ask();

  return {
    get file() {
      return failed ? undefined : (stream.file ?? undefined);
    },
    write(line) {
      if (!failed) stream.write(line);
      // Set by the error of this very line, too.
      if (failed) stdout.write(line);
    },
    async [Symbol.asyncDispose]() {
      if (!failed) stream.end();
      stopped.abort();
      await tidying.finished;
    },
  };
}

/** Archives and cleans in the background, one at a time; asked while it works, it works once more. */
class Tidying {
  readonly #options: LogFileOptions;
  readonly #signal: AbortSignal;
  readonly #warn: LogDestinationOptions['warn'];
  #asked = false;
  #warned = false;
  finished: Promise<void> | undefined;

  constructor(options: LogFileOptions, signal: AbortSignal, warn: LogDestinationOptions['warn']) {
    this.#options = options;
    this.#signal = signal;
    this.#warn = warn;
  }

  ask(): void {
    this.#asked = true;
    this.finished ??= this.#work().finally(() => {
      this.finished = undefined;
    });
  }

  async #work(): Promise<void> {
    while (this.#asked && !this.#signal.aborted) {
      this.#asked = false;
      await this.#tidy().catch((error) => this.#warnOnce(error));
    }
  }

  async #tidy(): Promise<void> {
    if (this.#options.compress) await archiveLogs(this.#options, this.#signal);
    await cleanLogs(this.#options, this.#options);
  }

  #warnOnce(error: unknown): void {
    if (this.#warned || this.#signal.aborted) return;
    this.#warned = true;
    this.#warn(error, `log files in ${this.#options.folder} cannot be archived or cleaned`);
  }
}
