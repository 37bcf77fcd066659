import { InfrastructureError, UsageError } from '../errors.ts';
import { freePort } from '../stack/free-port.ts';
import { holderOf, isFree } from './port-holder.ts';

/** Where everything is when nobody says otherwise; docker-compose.yml publishes the same. All on 127.0.0.1. */
export const defaultPorts = {
  grafana: 3000,
  target: 8080,
  metrics: 9464,
  prometheus: 9090,
  alertmanager: 9093,
  loki: 3100,
  jaeger: 16_686,
  otlp: 4318,
} as const;

export type PortName = keyof typeof defaultPorts;
export type Ports = Readonly<Record<PortName, number>>;

export const portNames = Object.keys(defaultPorts) as PortName[];

/** Any that are free now: several stacks can then run at once. */
export async function freePorts(): Promise<Ports> {
  const chosen = new Set<number>();
  while (chosen.size < portNames.length) chosen.add(await freePort());
  return Object.fromEntries(portNames.map((name, at) => [name, [...chosen][at]])) as unknown as Ports;
}

/**
 * `free`, or `name=port` with commas between; what is not named stays where it is.
 *
 * @throws UsageError that says what was expected.
 */
export async function parsePorts(text: string | undefined): Promise<Ports> {
  if (text === undefined) return defaultPorts;
  if (text === 'free') return freePorts();
  const given = text.split(',').map(parsePort);
  return { ...defaultPorts, ...Object.fromEntries(given) };
}

function parsePort(text: string): [PortName, number] {
  const [name = '', digits = ''] = text.split('=');
  const port = Number(digits);
  const known = (portNames as string[]).includes(name);
  if (known && /^\d+$/.test(digits) && port >= 1 && port <= 65_535) return [name as PortName, port];
  throw new UsageError(
    `--ports must be "free" or name=port with commas between, with names of ${portNames.join(', ')} and ports from 1 to 65535, got "${text}".`,
  );
}

/** @throws InfrastructureError that names each port which is taken, by whom, and what to do. */
export async function requireFree(ports: Ports, needed: readonly PortName[]): Promise<void> {
  const checked = await Promise.all(needed.map(async (name) => ({ name, free: await isFree(ports[name]) })));
  const taken = checked.filter(({ free }) => !free).map(({ name }) => name);
  if (taken.length === 0) return;
  const lines = taken.map((name) => `- ${name}: port ${ports[name]} is held by ${holderOf(ports[name])}`);
  const others = taken.map((name) => `${name}=${ports[name] + 10_000}`).join(',');
  throw new InfrastructureError(
    `Ports of 127.0.0.1 that are needed are taken, nothing was started:\n${lines.join('\n')}\nEnd what holds them, or give others: --ports ${others}, or --ports free.`,
  );
}
