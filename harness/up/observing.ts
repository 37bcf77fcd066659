import { InfrastructureError } from '../errors.ts';
import { defaultPorts, type Ports } from './ports.ts';
import { findRunningStack, type RunningStack } from './running-stack.ts';

/** A stack that a run reports into; what does not run of it is not there. */
export interface Observing {
  /** `http://127.0.0.1:4318`: where traces are passed on to. */
  readonly otlp?: string;
  readonly jaeger?: string;
  readonly loki?: string;
  readonly grafana?: string;
  /** Folder in which its Prometheus looks for further targets; a Prometheus in a container looks in none of ours. */
  readonly runTargets?: string;
  /** `http://127.0.0.1:9090` of a Prometheus that metrics are passed on to, for it cannot come and scrape them. */
  readonly prometheus?: string;
}

/** Where it is looked for. */
interface Places {
  readonly findStack: () => RunningStack | undefined;
  readonly composePorts: Ports;
}

/**
 * The stack of the `ordeal up` that was started last, else that of `docker compose up` at its usual ports.
 *
 * @throws InfrastructureError when there is neither.
 */
export async function findObserving({
  findStack = findRunningStack,
  composePorts = defaultPorts,
}: Partial<Places> = {}): Promise<Observing> {
  const stack = findStack();
  if (stack) {
    const { ports, runTargets } = stack;
    const services = new Set(stack.services);
    return {
      ...(services.has('jaeger') && { otlp: at(ports.otlp), jaeger: at(ports.jaeger) }),
      ...(services.has('loki') && { loki: at(ports.loki) }),
      ...(services.has('grafana') && { grafana: at(ports.grafana) }),
      ...(runTargets !== undefined && { runTargets }),
    };
  }
  const { loki, otlp, jaeger, grafana, prometheus } = composePorts;
  if (await answers(`${at(loki)}/ready`))
    return {
      ...{ otlp: at(otlp), jaeger: at(jaeger), loki: at(loki), grafana: at(grafana) },
      prometheus: at(prometheus),
    };
  throw new InfrastructureError(
    `There is nothing to report to: expected an \`ordeal up\` of yours that runs, or the Loki of \`docker compose up\` at ${at(loki)}. Start one, or run without --observe.`,
  );
}

function at(port: number): string {
  return `http://127.0.0.1:${port}`;
}

async function answers(address: string): Promise<boolean> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(1000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
