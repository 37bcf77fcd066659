import { request } from 'node:http';
import { engineAddress } from '../../undo/engine-address.ts';

/** Whether an image is in the engine already, can be had from its registry, or neither. */
export type ImageSource = 'engine' | 'registry' | 'nowhere';

/** The engine knows its own images at once; a registry that answers at all does so within a few seconds. */
const engineMs = 2_000;
const registryMs = 5_000;

/**
 * Asks the engine at a unix socket or tcp address; pulls nothing. Docker Engine API, `GET /images/{name}/json` and
 * `GET /distribution/{name}/json`, which looks the image up in its registry.
 */
export async function sourceOf(image: string, dockerHost: string): Promise<ImageSource> {
  if (await isFound(dockerHost, `/images/${image}/json`, engineMs)) return 'engine';
  if (await isFound(dockerHost, `/distribution/${image}/json`, registryMs)) return 'registry';
  return 'nowhere';
}

function isFound(dockerHost: string, path: string, patienceMs: number): Promise<boolean> {
  const where = engineAddress(dockerHost);
  return new Promise((resolve) => {
    request({ ...where, path, signal: AbortSignal.timeout(patienceMs) })
      .once('response', (response) => resolve(response.resume().statusCode === 200))
      .once('error', () => resolve(false))
      .end();
  });
}
