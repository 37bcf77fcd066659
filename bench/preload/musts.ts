import { addedTo, type Figures } from './figures.ts';
import type { Measured } from './measure.ts';

/** What the preload has to reach, held against what was measured; a sentence for each that it does not. */
export function unmet({ service, figures }: Measured): string[] {
  const of = (name: Figures['name']) => figures.find((it) => it.name === name)!;
  const none = of('none');
  const [ordeal, otel, dd] = [of('ordeal'), of('otel'), of('dd')].map((it) => addedTo(none, it));
  const { deliveredAtHighest, recorded } = of('ordeal');
  const { share } = deliveredAtHighest;
  const rules: [boolean, string][] = [
    [
      recorded.spansPerRequest === 3 && recorded.linesPerRequest === 1,
      `each request has to make 3 spans and a line, made ${recorded.spansPerRequest} and ${recorded.linesPerRequest}`,
    ],
    half('CPU', ordeal!.cpuMicrosPerRequest, otel!.cpuMicrosPerRequest, 'µs/request'),
    [
      ordeal!.cpuMicrosPerRequest < dd!.cpuMicrosPerRequest,
      `CPU added has to be below dd-trace's ${dd!.cpuMicrosPerRequest.toFixed(1)} µs/request, was ${ordeal!.cpuMicrosPerRequest.toFixed(1)}`,
    ],
    half('P95', ordeal!.p95Ms, otel!.p95Ms, 'ms'),
    half('RSS', ordeal!.rssMb, otel!.rssMb, 'MB'),
    half('start', ordeal!.startMs, otel!.startMs, 'ms'),
    [share === 1, `all telemetry has to be delivered at the highest rate, ${(share * 100).toFixed(3)} % was`],
  ];
  return rules.filter(([met]) => !met).map(([, sentence]) => `${service}: ${sentence}`);
}

function half(what: string, ordeal: number, otel: number, unit: string): [boolean, string] {
  const most = otel / 2;
  const sentence = `${what} added has to be at most half of OpenTelemetry's, ${most.toFixed(2)} ${unit}, was ${ordeal.toFixed(2)}`;
  return [ordeal <= most, sentence];
}
