import type { AttributeValue } from '@opentelemetry/api';
import type { CounterMetric, CounterSeries, HistogramMetric, HistogramSeries } from '../metrics/metric.ts';
import { AttributeBlock } from '../wire/attribute-block.ts';

export interface Answered {
  readonly method: string;
  /** Of the service's own route; undefined when none matched. */
  readonly route?: string | undefined;
  /** 0 when there was no answer. */
  readonly status: number;
  /** Why there was none; its span tells by itself. */
  readonly failure?: string | undefined;
  readonly scheme: string;
  /** Of HTTP: `1.1`. */
  readonly version?: string;
  /** Of whom was asked, for calls to others. */
  readonly host?: string;
  readonly port?: number;
}

/** What requests that were answered alike have in common. */
export interface Kind {
  readonly answered: Answered;
  readonly duration: HistogramSeries;
  readonly count: CounterSeries | undefined;
  /** Attributes for their spans. */
  readonly block: AttributeBlock;
}

/** Duration and number of requests, by what OpenTelemetry tells them apart by. */
export class RequestMetrics {
  readonly #duration: HistogramMetric;
  readonly #count: CounterMetric | undefined;
  /** By route, or by host: of either a service has few, and each is answered in few ways. */
  readonly #kinds = new Map<string, Kind[]>();
  #size = 0;

  constructor(duration: HistogramMetric, count?: CounterMetric) {
    this.#duration = duration;
    this.#count = count;
  }

  kind(answered: Answered): Kind {
    const place = answered.host ?? answered.route ?? '';
    const kinds = this.#kinds.get(place);
    const known = kinds?.find((kind) => isAlike(kind.answered, answered));
    if (known) return known;
    const kind = this.#make(answered);
    // Beyond this many the metric itself sums up what comes.
    if (++this.#size > mostKinds) return kind;
    if (kinds) kinds.push(kind);
    else this.#kinds.set(place, [kind]);
    return kind;
  }

  #make(answered: Answered): Kind {
    const attributes = describe(answered);
    const failed = answered.failure && { 'error.type': answered.failure };
    return {
      answered,
      duration: this.#duration.series({ ...attributes, ...failed }),
      count: this.#count?.series({ ...attributes, ...failed }),
      block: new AttributeBlock({
        ...attributes,
        'network.protocol.version': answered.version,
        'url.path': answered.host === undefined ? pathOf(answered.route) : undefined,
      }),
    };
  }
}

const mostKinds = 1000;

function isAlike(one: Answered, other: Answered): boolean {
  return (
    one.status === other.status &&
    one.method === other.method &&
    one.route === other.route &&
    one.host === other.host &&
    one.port === other.port &&
    one.scheme === other.scheme &&
    one.version === other.version &&
    one.failure === other.failure
  );
}

/** The path as far as the route tells it: what stands for a parameter may be anything, and is told by no span. */
function pathOf(route: string | undefined): string | undefined {
  // A route that is a regular expression says nothing of the path.
  if (route === undefined || route.startsWith('/^')) return undefined;
  return route.replace(/:\w+|\([^)]*\)|\{[^}]*\}|\*\w*/g, '*');
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-metrics/ */
function describe(answered: Answered): Readonly<Record<string, AttributeValue>> {
  const { method, route, status, scheme, host, port } = answered;
  return {
    'http.request.method': method,
    'url.scheme': scheme,
    ...(route !== undefined && { 'http.route': route }),
    ...(host !== undefined && { 'server.address': host }),
    ...(port !== undefined && { 'server.port': port }),
    ...(status > 0 && { 'http.response.status_code': status }),
    ...(isError(answered) && { 'error.type': String(status) }),
  };
}

/** For who asks, an answer from 400 on is an error: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status */
function isError({ status, host }: Answered): boolean {
  return status >= (host === undefined ? 500 : 400);
}
