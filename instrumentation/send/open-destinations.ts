import { signals } from '../wire/shelf.ts';
import { Destination } from './destination.ts';
import { type SenderSettings, usualPace } from './letter.ts';
import type { LineShape } from './log-line.ts';
import { carefulLookup } from './lookup.ts';
import type { Outbox } from './outbox.ts';
import { lokiPack, otlpPack, type Pack } from './pack.ts';
import { Poster } from './post.ts';
import { Turns } from './turns.ts';

/** A destination and what is its own. */
interface Address {
  /** What goes there, in words. */
  readonly what: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly mostInFlight: number;
  readonly pack: Pack;
}

/** Points of a metric and lines of a Loki stream keep their order, so that there is one request at a time. */
const mostInFlight = { traces: 2, metrics: 1, logs: 2, loki: 1 };

/** Opens each destination that is set, and adds it to `outbox`. `tell`: the first trouble of each. */
export function openDestinations(
  settings: SenderSettings,
  shape: LineShape,
  outbox: Outbox,
  tell: (text: string) => void,
): void {
  const { loki, resource } = settings;
  const lookup = carefulLookup();
  const turns = new Turns();
  for (const signal of signals) {
    const to = settings[signal];
    if (!to) continue;
    const pack = otlpPack(to, signal, resource, shape);
    outbox.add(signal, open({ ...to, what: signal, mostInFlight: mostInFlight[signal], pack }));
  }
  if (loki) {
    const address = { ...loki, what: 'log lines', headers: {}, mostInFlight: mostInFlight.loki };
    outbox.add('logs', open({ ...address, pack: lokiPack(shape) }));
  }

  function open({ what, url, headers, timeoutMs, mostInFlight, pack }: Address): Destination {
    const pace = settings.pace ?? usualPace;
    const { restOfAnswerMs, stallMs } = pace;
    const poster = new Poster({
      url,
      headers,
      timeoutMs,
      restOfAnswerMs,
      stallMs,
      mostConnections: mostInFlight,
      lookup,
    });
    const { host } = new URL(url);
    let told = false;
    return new Destination({
      host,
      poster,
      pace,
      turns,
      mostInFlight,
      pack,
      onDone: (slot, lost) => outbox.done(slot, lost),
      onTrouble: (why) => {
        if (!told)
          tell(`${what} cannot be delivered to ${host}: ${why} (told once; the service is not affected)`);
        told = true;
      },
    });
  }
}
