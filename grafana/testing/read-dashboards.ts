import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../dashboards');

export interface Source {
  type: string;
  uid: string;
}

export interface TargetJson {
  refId: string;
  datasource: Source;
  expr: string;
  legendFormat?: string;
  /** Whether single requests are dots in it; of Prometheus. */
  exemplar?: boolean;
  /** Of Loki. */
  queryType?: 'range' | 'instant';
}

export interface PanelJson {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource: Source;
  targets: TargetJson[];
  transformations?: { options: { includeByName?: Record<string, true> } }[];
  options?: { yAxis?: { unit?: string } };
  fieldConfig: { defaults: { unit?: string; thresholds?: { steps: unknown[] }; custom?: object } };
}

/** What tests look at of a dashboard. */
export interface DashboardJson {
  uid: string;
  title: string;
  tags: string[];
  links: { type: string; tags: string[]; keepTime: boolean }[];
  panels: PanelJson[];
  templating: { list?: { name: string; query: string }[] };
  annotations: { list: { datasource: Source; enable: boolean; expr: string }[] };
}

/** The dashboards as Grafana reads them. */
export async function readDashboards(): Promise<DashboardJson[]> {
  const files = (await readdir(folder)).toSorted();
  return Promise.all(files.map(async (file) => JSON.parse(await readFile(join(folder, file), 'utf8'))));
}
