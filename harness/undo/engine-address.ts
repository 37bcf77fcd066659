import type { RequestOptions } from 'node:http';

/** What Docker listens on by convention without TLS, when the address names no port. */
const usualPort = 2375;

/**
 * Where `node:http` reaches the engine at an address as `DOCKER_HOST` has it: `unix:///var/run/docker.sock` or
 * `tcp://127.0.0.1:2375`.
 *
 * @throws Error when it is neither; TLS and SSH are not spoken here.
 */
export function engineAddress(dockerHost: string): RequestOptions {
  const url = URL.parse(dockerHost);
  if (url?.protocol === 'unix:') return { socketPath: url.pathname };
  if (url?.protocol === 'tcp:' || url?.protocol === 'http:')
    return { host: url.hostname.replaceAll(/[[\]]/g, ''), port: url.port || usualPort };
  throw new Error(`Docker's address is "${dockerHost}": expected unix:// or tcp://. Change DOCKER_HOST.`);
}
