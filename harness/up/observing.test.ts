import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { InfrastructureError } from '../errors.ts';
import { findObserving } from './observing.ts';
import { freePorts, type Ports } from './ports.ts';

const none = () => undefined;
const at = (port: number) => `http://127.0.0.1:${port}`;

it('reports into the stack of docker compose, whose Prometheus has to be given the metrics', async () => {
  const ports = await freePorts();
  await using _loki = await answering(ports, 200);
  expect(await findObserving({ findStack: none, composePorts: ports })).toEqual({
    otlp: at(ports.otlp),
    jaeger: at(ports.jaeger),
    loki: at(ports.loki),
    grafana: at(ports.grafana),
    prometheus: at(ports.prometheus),
  });
});

it('reports into the `ordeal up` that runs, whose Prometheus comes and looks', async () => {
  const ports = await freePorts();
  await using _loki = await answering(ports, 200);
  const up = { pid: 1, startedTicks: '1', sinceMs: 1, ports, services: ['prometheus', 'loki'] };
  const findStack = () => ({ ...up, runTargets: '/targets/runs' });
  expect(await findObserving({ findStack, composePorts: ports })).toEqual({
    loki: at(ports.loki),
    runTargets: '/targets/runs',
  });
});

it.each([
  ['nobody listens', undefined],
  ['Loki is not ready', 503],
])('says what to start when %s', async (_, status) => {
  const ports = await freePorts();
  await using _loki = await answering(ports, status);
  const found = findObserving({ findStack: none, composePorts: ports });
  await expect(found).rejects.toThrow(InfrastructureError);
  await expect(found).rejects.toThrow(`expected an \`ordeal up\` of yours that runs, or the Loki of`);
});

/** Somebody at Loki's port who answers so; nobody without a status. */
async function answering({ loki }: Ports, status: number | undefined): Promise<AsyncDisposable> {
  const server = createServer((_, response) => response.writeHead(status ?? 500).end());
  if (status !== undefined) await once(server.listen(loki, '127.0.0.1'), 'listening');
  return {
    async [Symbol.asyncDispose]() {
      if (status === undefined) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
