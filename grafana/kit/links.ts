import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import { sources } from './sources.ts';

/** What all dashboards of the project are marked with: the list at the top of each is made from it. */
export const tag = 'ordeal';

/** The list of the other dashboards, which opens them for the same time and service. */
export function toOthers(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Dashboards')
    .type(DashboardLinkType.Dashboards)
    .tags([tag])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true);
}

/** From a value to the dashboard that says why, for the same time and service. */
export function toDashboard(title: string, name: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Link)
    .url(`/d/ordeal-${name}?\${service:queryparam}&\${__url_time_range}`);
}

/** From a trace id to its trace, in Explore. */
export function toTrace(): DashboardLinkBuilder {
  const pane = {
    datasource: sources.jaeger.uid,
    queries: [{ refId: 'A', datasource: sources.jaeger, query: traceId }],
    range: { from: `\${__from}`, to: `\${__to}` },
  };
  const panes = encodeURIComponent(JSON.stringify({ trace: pane }))
    // What Grafana puts in is left for it to find.
    .replaceAll(/%24%7B(\w+(?:\.\w+)?)%7D/g, (_, variable) => `\${${variable}}`);
  return new DashboardLinkBuilder('Show the trace')
    .type(DashboardLinkType.Link)
    .url(`/explore?schemaVersion=1&panes=${panes}`);
}

const traceId = `\${__value.raw}`;
