import type { Service } from '../stack/service.ts';
import type { ReceiverOptions } from '../telemetry/receiver.ts';
import type { Observing } from '../up/observing.ts';

/** Where what the target says goes to beside the run's folder: the stack that is reported to, else the run's own Jaeger. */
export function passedOnTo(
  jaeger: Pick<Service, 'ports'> | undefined,
  observing: Observing | undefined,
): Pick<ReceiverOptions, 'forwardTo' | 'forwardLinesTo' | 'forwardMetricsTo'> {
  const traces = observing?.otlp ?? (jaeger?.ports && `http://127.0.0.1:${jaeger.ports.otlpHttp}`);
  return {
    ...(traces !== undefined && { forwardTo: traces }),
    ...(observing?.loki !== undefined && { forwardLinesTo: observing.loki }),
    ...(observing?.prometheus !== undefined && { forwardMetricsTo: observing.prometheus }),
  };
}
