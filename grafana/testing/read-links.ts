import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Source } from './read-dashboards.ts';

const deploy = join(import.meta.dirname, '../../deploy');

/** Of what Grafana is provisioned with, what leads from one thing to the next. */
export interface Links {
  /** Of each data source. */
  sources: Source[];
  /** From a panel to a trace: the label of an exemplar that has its id. */
  fromExemplar: { name: string; datasourceUid: string };
  /** From a line to a trace: what finds its id, in brackets. */
  fromLine: { matcherType: string; matcherRegex: string; url: string; datasourceUid: string };
  /** From a trace to its lines. */
  fromTrace: { datasourceUid: string; customQuery: boolean; query: string };
  /** From a trace to its lines, in Jaeger's own pages. */
  fromJaeger: { type: string; url: string };
}

interface DataSource extends Source {
  jsonData: {
    exemplarTraceIdDestinations?: Links['fromExemplar'][];
    derivedFields?: Links['fromLine'][];
    tracesToLogsV2?: Links['fromTrace'];
  };
}

/** The links as Grafana and Jaeger have them once they have read their files. */
export async function readLinks(): Promise<Links> {
  const provisioning = await readFile(
    join(deploy, 'grafana/provisioning/datasources/datasources.yml'),
    'utf8',
  );
  const { datasources } = parse(withoutVariables(provisioning)) as { datasources: DataSource[] };
  const ofType = (type: string) => datasources.find((it) => it.type === type)!.jsonData;
  const ui = JSON.parse(await readFile(join(deploy, 'jaeger/ui.json'), 'utf8'));
  return {
    sources: datasources.map(({ type, uid }) => ({ type, uid })),
    fromExemplar: ofType('prometheus').exemplarTraceIdDestinations![0]!,
    fromLine: ofType('loki').derivedFields![0]!,
    fromTrace: ofType('jaeger').tracesToLogsV2!,
    fromJaeger: ui.linkPatterns[0],
  };
}

/** Grafana puts the environment in for what follows a $; two of them stand for one. */
function withoutVariables(text: string): string {
  return text.replaceAll(/\$\$|\$\{[^}]*\}|\$\w+/g, (found) => (found === '$$' ? '$' : ''));
}
