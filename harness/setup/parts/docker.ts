import type { Found, Part } from '../part.ts';
import { askEngine } from './docker-engine.ts';

const mend = 'start it (`dockerd`, `systemctl start docker`, Docker Desktop), or do without: `--stack local`';

/** Whether an engine answers; the `docker` program is not needed. */
export const docker: Part = {
  name: 'docker',
  title: 'Docker',
  mend,
  async find(host) {
    let refused: Found | undefined;
    for (const address of host.settings.dockerHosts) {
      try {
        return { path: address, version: await askEngine(address), where: 'engine', good: true };
      } catch (error) {
        const problem = `it does not answer (${(error as Error).message})`;
        if (isThere(error))
          refused ??= { path: address, version: '', where: 'engine', good: false, problem, mend };
      }
    }
    return refused;
  },
  ways: () => [],
};

/** No socket at all means no engine was ever there: nothing to mend at that address. */
function isThere(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code !== 'ENOENT';
}
