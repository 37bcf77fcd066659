import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { HarnessError } from '../errors.ts';

const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;

/** Requests as they came, one a line, as the OpenTelemetry Collector's file exporter writes them. */
export interface RawFile extends AsyncDisposable {
  /** `json` is one valid JSON value. Resolves when it is written; a sender that waits for it cannot flood us. */
  append(json: Buffer): Promise<void>;
}

/** Disposing throws HarnessError when something could not be written. */
export function openRawFile(path: string): RawFile {
  const stream = createWriteStream(path, { flags: 'a' });
  let failure: Error | undefined;
  stream.on('error', (error) => {
    failure ??= error;
  });
  return {
    append: (json) =>
      new Promise((resolve) => {
        if (failure) return resolve();
        stream.cork();
        stream.write(onOneLine(json));
        stream.write('\n', () => resolve());
        stream.uncork();
      }),
    async [Symbol.asyncDispose]() {
      if (!failure) await finished(stream.end()).catch(() => {});
      if (failure)
        throw new HarnessError(`The telemetry file ${path} cannot be written: ${failure.message}.`, {
          cause: failure,
        });
    },
  };
}

/** Inside JSON strings line ends are escaped, so that those that stand there are white space. */
function onOneLine(json: Buffer): Buffer {
  if (!json.includes(newline) && !json.includes(carriageReturn)) return json;
  return Buffer.from(json.map((byte) => (byte === newline || byte === carriageReturn ? space : byte)));
}
