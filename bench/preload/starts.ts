import type { Bench } from './bench.ts';
import type { Contestant } from './contestants.ts';
import { median, type Recorded, type StartFigures } from './figures.ts';
import { Life } from './life.ts';
import type { ServiceName } from './service.ts';

type RecordedOfRequests = Omit<Recorded, 'spansOnce'>;

const fewRequestsMs = 400;

/** Starts each contestant in turns. The first start also shows what a request makes it send, the others what the start does. */
export async function measureStarts(
  bench: Bench,
  service: ServiceName,
): Promise<Map<Contestant, StartFigures>> {
  const recorded = new Map<Contestant, RecordedOfRequests>();
  for (const contestant of bench.contestants)
    recorded.set(contestant, await seeRecorded(bench, service, contestant));
  const startsMs = new Map(bench.contestants.map((it) => [it, [] as number[]]));
  const spansOnce = new Map(bench.contestants.map((it) => [it, [] as number[]]));
  for (let round = 0; round < bench.plan.starts; round++)
    for (const contestant of bench.contestants) {
      await using life = await Life.begin(bench, service, contestant);
      startsMs.get(contestant)!.push(life.service.startMs);
      const { spans } = await life.end();
      const ofRequests = life.requests * recorded.get(contestant)!.spansPerRequest;
      spansOnce.get(contestant)!.push(Math.max(0, spans - ofRequests));
    }
  return new Map(
    bench.contestants.map((it) => [
      it,
      {
        startMs: median(startsMs.get(it)!),
        recorded: { ...recorded.get(it)!, spansOnce: Math.min(...spansOnce.get(it)!) },
      },
    ]),
  );
}

/** Rounded: a few spans are told of connections that are opened once. */
async function seeRecorded(
  bench: Bench,
  service: ServiceName,
  contestant: Contestant,
): Promise<RecordedOfRequests> {
  await using life = await Life.begin(bench, service, contestant);
  await life.ask({ connections: 1, forMs: fewRequestsMs });
  const { spans, lines } = await life.end();
  if (contestant.name !== 'none' && spans < life.requests * 3)
    bench.troubles.push(
      `${service} with ${contestant.name}: ${life.requests} requests made ${spans} spans only`,
    );
  return {
    spansPerRequest: Math.round(spans / life.requests),
    linesPerRequest: Math.round(lines / life.requests),
  };
}
