import { readdirSync, readFileSync } from 'node:fs';

/** A process whose environment holds a text. */
export interface Found {
  pid: number;
  command: string;
}

/** Processes whose environment holds `text`, from /proc; those that are not ours to read are passed over. */
export function processesWith(text: string): Found[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(text)) return [];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
        return [{ pid: Number(pid), command }];
      } catch {
        return [];
      }
    });
}
