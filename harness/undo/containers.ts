import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { engineAddress } from './engine-address.ts';

/** Removing a container that runs means killing it first; a busy machine takes seconds for that. */
const patienceMs = 15_000;

/**
 * Kills and removes every container that carries all these labels, with its anonymous volumes. Resolves with how
 * many that were. Plain Docker Engine API, so that the watchdog needs nothing but Node.
 *
 * @throws Error when no engine answers at `dockerHost`, or when it refuses.
 */
export async function removeContainers(
  dockerHost: string,
  labels: Readonly<Record<string, string>>,
): Promise<number> {
  const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  if (label.length === 0)
    throw new Error('No label given: that would remove every container of this machine.');
  const filters = encodeURIComponent(JSON.stringify({ label }));
  const found = JSON.parse(await ask(dockerHost, 'GET', `/containers/json?all=1&filters=${filters}`));
  const ids = (found as { Id: string }[]).map(({ Id }) => Id);
  await Promise.all(ids.map((id) => ask(dockerHost, 'DELETE', `/containers/${id}?force=1&v=1`)));
  return ids.length;
}

/** 404: somebody was faster. 409: somebody is at it right now. Both are what we want. */
const goneAnyway = new Set([404, 409]);

async function ask(dockerHost: string, method: 'GET' | 'DELETE', path: string): Promise<string> {
  const answered = Promise.withResolvers<string>();
  const signal = AbortSignal.timeout(patienceMs);
  const asking = request({ ...engineAddress(dockerHost), method, path, signal });
  asking.once('error', answered.reject);
  asking.once('response', (response) => {
    const status = response.statusCode ?? 0;
    const fine = status < 300 || (method === 'DELETE' && goneAnyway.has(status));
    const refused = (body: string) =>
      new Error(`${dockerHost} answered ${status} to ${method} ${path}: ${body.trim()}`);
    text(response).then(
      (body) => (fine ? answered.resolve(body) : answered.reject(refused(body))),
      answered.reject,
    );
  });
  asking.end();
  return answered.promise;
}
