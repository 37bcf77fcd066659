import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A TCP socket that listens. */
export interface Listener {
  /** In hexadecimal digits, each four bytes in the order of the machine; `0100007F` is 127.0.0.1 on most. */
  readonly address: string;
  readonly port: number;
  /** What a process that has it open has among its files. */
  readonly file: string;
}

/**
 * Those where this process is; none where /proc does not say (not Linux). Of proc_net_tcp(5): 2 local address, 4 state,
 * 10 inode; LISTEN is 10 (include/net/tcp_states.h).
 */
export function listenersAround(pid: number): Listener[] {
  return ['tcp', 'tcp6'].flatMap((table) => {
    const rows = read(() => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1)) ?? [];
    return rows
      .map((row) => row.trim().split(/\s+/))
      .filter(([, , , state]) => state === '0A')
      .map((fields) => {
        const [address, port] = fields[1]!.split(':') as [string, string];
        return { address, port: Number.parseInt(port, 16), file: `socket:[${fields[9]}]` };
      });
  });
}

/** What the process has open, as far as it may be known. */
export function openFilesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  const names = read(() => readdirSync(folder)) ?? [];
  return names.flatMap((name) => read(() => readlinkSync(`${folder}/${name}`)) ?? []);
}

/** Undefined when it is not there (any more), or somebody else's. */
function read<T>(what: () => T): T | undefined {
  try {
    return what();
  } catch {
    return undefined;
  }
}
