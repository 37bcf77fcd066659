import type { HistogramPoint } from './histogram-point.ts';
import type { MetricDefinition } from './metric.ts';
import type { NumberPoint } from './number-point.ts';
import { familyName } from './prometheus-names.ts';
import type { Registry } from './registry.ts';
import { HistogramStore } from './stored.ts';

/** One name of the page, with all points that are told under it, by their labels. */
export type Family = NumberFamily | HistogramFamily;

export interface NumberFamily extends Described {
  readonly type: 'counter' | 'gauge';
  readonly points: Map<string, NumberPoint>;
}

export interface HistogramFamily extends Described {
  readonly type: 'histogram';
  readonly points: Map<string, HistogramPoint>;
}

interface Described {
  readonly name: string;
  readonly unit: string | undefined;
  readonly help: string;
}

/** The text between the braces: `method="GET",route="/"`. `name` and `version` are those of the scope. */
export type LabelsOf = (point: NumberPoint | HistogramPoint, name: string, version: string) => string;

/**
 * Every metric becomes a family, and a second one when it has a second name. Where two metrics of the same type become one
 * family their points are put together; a name that cannot be shown beside one that stands there already is left out
 * and told.
 */
export function families(registry: Registry, labelsOf: LabelsOf, refuse: (name: string) => void): Family[] {
  const page = new Page(refuse);
  for (const scope of registry.scopes())
    for (const metric of scope.all()) {
      const { definition } = metric;
      const { alsoAs } = definition;
      const histogram = metric instanceof HistogramStore;
      const points = metric
        .read()
        .map((point) => [labelsOf(point, scope.name, scope.version), point] as const);
      const definitions = alsoAs === undefined ? [definition] : [definition, { ...definition, name: alsoAs }];
      for (const each of definitions) page.add(each, histogram, points as never);
    }
  return page.families();
}

class Page {
  readonly #families = new Map<string, Family>();
  /** Which family a name of a sample belongs to. */
  readonly #taken = new Map<string, Family>();
  readonly #refuse: (name: string) => void;

  constructor(refuse: (name: string) => void) {
    this.#refuse = refuse;
  }

  families(): Family[] {
    return [...this.#families.values()].filter(({ points }) => points.size > 0);
  }

  add(definition: MetricDefinition, histogram: boolean, points: [string, never][]): void {
    const family = this.#get(
      definition,
      histogram ? 'histogram' : definition.kind === 'counter' ? 'counter' : 'gauge',
    );
    if (family === undefined) this.#refuse(definition.name);
    // Of two points with the same labels only one can stand there.
    else
      for (const [labels, point] of points) if (!family.points.has(labels)) family.points.set(labels, point);
  }

  #get(definition: MetricDefinition, type: Family['type']): Family | undefined {
    const { name, unit } = familyName(definition);
    const known = this.#families.get(name);
    if (known !== undefined) return known.type === type ? known : undefined;
    const samples = suffixes[type].map((suffix) => name + suffix);
    if (samples.some((sample) => this.#taken.has(sample))) return undefined;
    const family: Family = { name, unit, type, help: definition.description, points: new Map() };
    this.#families.set(name, family);
    for (const sample of samples) this.#taken.set(sample, family);
    return family;
  }
}

/** https://prometheus.io/docs/specs/om/open_metrics_spec/#suffixes, and the name of the family, which is reserved too. */
const suffixes = {
  counter: ['', '_total', '_created'],
  gauge: [''],
  histogram: ['', '_bucket', '_count', '_sum', '_created'],
};
