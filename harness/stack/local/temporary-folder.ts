import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';

/** Every Linux has it, with room for everybody. */
const everybodys = '/tmp';

/** The system's temporary folder, or `/tmp` when that one (`TMPDIR`) is out of reach for the user of a server. */
export async function temporaryFolderFor(uid: number | undefined): Promise<string> {
  const folder = tmpdir();
  return uid === undefined || (await othersReach(folder)) ? folder : everybodys;
}

async function othersReach(folder: string): Promise<boolean> {
  const mayEnter = 0o001;
  for (let at = folder; ; at = dirname(at)) {
    if (((await stat(at)).mode & mayEnter) === 0) return false;
    if (at === dirname(at)) return true;
  }
}
