import { allParts } from '../../../harness/setup/find-parts.ts';
import { hostOf, type PartName } from '../../../harness/setup/part.ts';

/** The program, when it is somewhere and good enough. */
export async function findProgram(name: PartName): Promise<string | undefined> {
  const found = await allParts[name].find(hostOf(process.env));
  return found?.good ? found.path : undefined;
}
