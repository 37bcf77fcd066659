import type { Part } from '../part.ts';
import { olderThan } from '../version.ts';

/** `engines` of package.json. */
const least = '24';

const mend = 'run `npm ci` in the clone, which brings Node 24, or install it (https://nodejs.org)';

/** The Node that runs Ordeal also runs the target. */
export const node: Part = {
  name: 'node',
  title: 'Node',
  mend,
  async find() {
    const version = process.versions.node;
    const problem = olderThan(version, least);
    const found = { path: process.execPath, version, where: 'this process' } as const;
    return problem ? { ...found, good: false, problem, mend } : { ...found, good: true };
  },
  ways: () => [],
};
