import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { describe, expect, it } from 'vitest';
import { observabilityImages } from '../../harness/setup/observability-images.ts';
import { readDashboards } from '../testing/read-dashboards.ts';

const schema = JSON.parse(readFileSync(join(import.meta.dirname, 'dashboard.json'), 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: true }).addSchema(schema, 'schema');
const dashboards = await readDashboards();
const panels = dashboards.flatMap(({ title, panels }) =>
  panels.map((panel) => [`${title}: ${panel.title}`, panel] as const),
);

/** What is there beyond the schema, by what it is written in, and why. */
const beyond: Record<string, readonly string[]> = {
  // The schema has those of the annotations that Grafana keeps itself; these are Loki's.
  '/annotations/list': ['expr', 'titleFormat', 'textFormat', 'tagKeys'],
  // The SDK writes them for every variable; Grafana reads them of intervals.
  '/templating/list': ['auto', 'auto_min', 'auto_count'],
  // The SDK writes that of Grafana 11, which Grafana 13 takes over into the fields.
  '/table': ['footer'],
};

describe('the schema', () => {
  it('is that of the Grafana that is started', () => {
    const [, version] = observabilityImages.grafana.split(':');
    expect(schema.$comment).toContain(`@grafana/schema ${version},`);
  });
});

describe('by the schema of Grafana', () => {
  it.each(dashboards)('$title is good', (dashboard) => {
    expect(problems('dashboard', dashboard)).toEqual([]);
  });

  it.each(panels)('%s has options of its type', (_, { type, options = {}, fieldConfig }) => {
    expect(problems(`options/properties/${type}`, options, `/${type}`)).toEqual([]);
    const { custom } = fieldConfig.defaults;
    if (custom) expect(problems(`custom/properties/${type}`, custom)).toEqual([]);
  });
});

/** What is wrong with it, and where. @throws Error when the schema has nothing of that kind */
function problems(kind: string, given: unknown, place = ''): string[] {
  const validate = ajv.getSchema(`schema#/properties/${kind}`);
  if (!validate) throw new Error(`dashboard.json has no schema of ${kind}: README.md says how to make it`);
  validate(given);
  const found = (validate.errors ?? []).filter((it) => !isBeyond(it, place));
  return found.map((it) => `${it.instancePath || '/'} ${it.message} ${JSON.stringify(it.params)}`);
}

function isBeyond({ keyword, instancePath, params }: ErrorObject, place: string): boolean {
  const where = (place + instancePath).replace(/\/\d+$/, '');
  return keyword === 'additionalProperties' && Boolean(beyond[where]?.includes(params.additionalProperty));
}
