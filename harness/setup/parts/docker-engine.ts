import { type RequestOptions, request } from 'node:http';
import { json } from 'node:stream/consumers';

/** A local engine answers in milliseconds; a remote one may take its time. */
const patienceMs = 800;

/**
 * The version of the engine at an address such as `unix:///var/run/docker.sock` or `tcp://127.0.0.1:2375`, by
 * `GET /version` of the Docker Engine API.
 *
 * @throws Error when nothing answers there in 800 ms.
 */
export async function askEngine(address: string): Promise<string> {
  const answered = Promise.withResolvers<unknown>();
  const asking = request({
    ...optionsOf(address),
    path: '/version',
    signal: AbortSignal.timeout(patienceMs),
  });
  asking.once('response', (response) => json(response).then(answered.resolve, answered.reject));
  asking.once('error', answered.reject).end();
  const { Version } = (await answered.promise) as { Version?: string };
  if (!Version) throw new Error(`what answers at ${address} is not Docker`);
  return Version;
}

function optionsOf(address: string): RequestOptions {
  const url = new URL(address);
  if (url.protocol === 'unix:') return { socketPath: url.pathname };
  if (url.protocol === 'tcp:' || url.protocol === 'http:')
    return { host: url.hostname, port: url.port || 2375 };
  throw new Error(`DOCKER_HOST=${address}: expected unix:// or tcp://`);
}
