import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { receivers, type Secret } from './receivers.ts';

/** One secret file: it is good, or there is none, or it is wrong, which is said in a sentence that does not show it. */
export interface SecretState {
  readonly secret: Secret;
  readonly file: string;
  readonly state: 'good' | 'missing' | 'wrong';
  readonly problem?: string;
}

/** Looks at every secret that alerts are told with. Never fails: what cannot be read is wrong. */
export function checkSecrets(folder: string): Promise<SecretState[]> {
  return Promise.all(
    receivers.map(async ({ secret, title }) => {
      const file = join(folder, secret);
      const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error);
      if (typeof text !== 'string') return unreadable(secret, file, title, text);
      const example = await readFile(`${file}.example`, 'utf8').catch(() => undefined);
      const problem = text === example ? 'still has the text of its example' : problemOf(secret, text);
      return problem === undefined
        ? { secret, file, state: 'good' as const }
        : {
            secret,
            file,
            state: 'wrong' as const,
            problem: `${file} ${problem}: write the real one into it`,
          };
    }),
  );
}

function unreadable(secret: Secret, file: string, title: string, error: NodeJS.ErrnoException): SecretState {
  if (error.code === 'ENOENT') {
    const problem = `${file} is not there, so no alert is told by ${title}: copy ${file}.example and write the real one into it`;
    return { secret, file, state: 'missing', problem };
  }
  return {
    secret,
    file,
    state: 'wrong',
    problem: `${file} cannot be read (${error.code}): give its reader the right to`,
  };
}

/** In a clause that follows the name of the file. */
function problemOf(secret: Secret, text: string): string | undefined {
  const lines = text.replace(/\n$/, '').split('\n');
  const [line = ''] = lines;
  if (line.trim() === '') return 'is empty';
  if (lines.length > 1) return `has ${lines.length} lines, expected one`;
  if (line !== line.trim()) return 'has white space around its line';
  if (secret === 'smtp_password') return undefined;
  const protocol = URL.parse(line)?.protocol;
  return protocol === 'https:' || protocol === 'http:' ? undefined : 'is no address, expected https://…';
}
