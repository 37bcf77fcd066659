import { type Checked, check } from '../kit/checks.ts';

/** Types are stripped without a flag from here on. */
const leastMajor = 24;

export async function checkNode(): Promise<Checked[]> {
  return [
    await check('Node', () => {
      const { node } = process.versions;
      if (Number.parseInt(node, 10) < leastMajor)
        throw new Error(`expected ${leastMajor} or later, this is ${node}: npm ci brings one`);
      return node;
    }),
  ];
}
