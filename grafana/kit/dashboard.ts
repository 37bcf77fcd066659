import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type Panel,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { layOut, type Row } from './layout.ts';
import { tag, toOthers } from './links.ts';
import { runLines } from './logql.ts';
import { traffic } from './promql.ts';
import { sources } from './sources.ts';

export interface DashboardSpec {
  /** Of its file; its uid is `ordeal-` and this. */
  name: string;
  title: string;
  /** What it is for, in a sentence. */
  description: string;
  /** What can be chosen at its top. */
  variables: readonly (keyof typeof variables)[];
  /** From top to bottom. */
  rows: readonly Row[];
  /** What is shown at first: `now-1h`. */
  from?: string;
}

const variables = {
  service: new QueryVariableBuilder('service')
    .label('Service')
    .query('label_values(process_memory_usage_bytes, job)')
    .datasource(sources.prometheus)
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.AlphabeticalAsc)
    .current({ text: 'memory-api', value: 'memory-api' }),
  route: new QueryVariableBuilder('route')
    .label('Route')
    .query(`label_values(http_requests_total{job="$service", ${traffic}}, http_route)`)
    .datasource(sources.prometheus)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    // Without it, requests that have no route would be missing.
    .allValue('.*')
    .current({ text: 'All', value: '$__all' }),
} as const;

/** Everything that dashboards share, around the rows of one. */
export function dashboard({ name, title, description, rows, from, ...spec }: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(`ordeal-${name}`)
    .description(description)
    .tags([tag])
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: from ?? 'now-30m', to: 'now' })
    .refresh('10s')
    .links([toOthers()])
    .variables(spec.variables.map((variable) => variables[variable]))
    .annotations([runs()]);
  for (const panel of layOut(rows)) builder.withPanel(built(panel));
  return builder.build();
}

/** Runs of Ordeal and their faults, so that it is seen what was done to the service. */
function runs(): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name('Runs and faults')
    .datasource(sources.loki)
    .enable(true)
    .iconColor('purple')
    .expr(runLines('event=~"run_started|run_ended|fault_injected|fault_healed"'))
    .titleFormat('{{message}}')
    .textFormat('{{run}}')
    .tagKeys('scenario,event');
}

function built(panel: Panel): Builder<Panel> {
  return { build: () => panel };
}
