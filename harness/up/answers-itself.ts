import type { Child } from '../stack/child.ts';
import { answers, requireOwn } from '../stack/program.ts';

/** @throws Error while nothing at this port answers 2xx at `path`, or somebody else does. */
export async function answersItself(port: number, path: string, child: Child): Promise<void> {
  await answers(`http://127.0.0.1:${port}${path}`);
  await requireOwn(port, child);
}
