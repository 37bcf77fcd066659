import { StringDecoder } from 'node:string_decoder';

/** Longer than any message of the control channel. */
export const longestLine = 64 * 1024;

/** Cuts what arrives into lines. @returns a function for the chunks, which tells whether the lines are still sane */
export function lineReader(onLine: (line: string) => void): (chunk: Buffer) => boolean {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine || lines.some((it) => it.length > longestLine)) return false;
    lines.forEach(onLine);
    return true;
  };
}
