import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { defaultPorts, freePorts, parsePorts, requireFree } from './ports.ts';

it.each([
  [undefined, {}],
  ['loki=3101', { loki: 3101 }],
  ['loki=3101,grafana=3001', { loki: 3101, grafana: 3001 }],
] as const)('%j', async (text, changed) => {
  expect(await parsePorts(text)).toEqual({ ...defaultPorts, ...changed });
});

it('free: none twice', async () => {
  const ports = Object.values(await parsePorts('free'));
  expect(new Set(ports).size).toBe(Object.keys(defaultPorts).length);
});

it.each(['loki', 'loki=', 'loki=0', 'loki=65536', 'loki=3101;grafana=3001', 'redis=6379', ''])(
  '%j is refused',
  async (text) => {
    await expect(parsePorts(text)).rejects.toThrow(/--ports must be "free" or name=port/);
  },
);

it('names every port that is taken, and its holder, whatever address it listens at', async () => {
  const servers = ['127.0.0.1', '0.0.0.0'].map((host) => createServer().listen(0, host));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const [loki, jaeger] = servers.map((server) => (server.address() as { port: number }).port);
  const ports = { ...(await freePorts()), loki: loki!, jaeger: jaeger! };
  const refused = requireFree(ports, ['loki', 'prometheus', 'jaeger']);
  await expect(refused).rejects.toThrow(
    [
      'Ports of 127.0.0.1 that are needed are taken, nothing was started:',
      `- loki: port ${loki} is held by process ${process.pid} (`,
    ].join('\n'),
  );
  await expect(refused).rejects.toThrow(`\n- jaeger: port ${jaeger} is held by process ${process.pid} (`);
  await expect(requireFree(ports, ['prometheus', 'grafana'])).resolves.toBeUndefined();
  for (const server of servers) server.close();
});
