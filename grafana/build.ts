import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dashboards, fileOf, jsonOf } from './dashboards.ts';

/* Writes the JSON of every dashboard, for Grafana to read: node grafana/build.ts */

await mkdir(join(import.meta.dirname, 'dashboards'), { recursive: true });
for (const dashboard of dashboards) {
  const path = join(import.meta.dirname, fileOf(dashboard));
  await writeFile(path, jsonOf(dashboard));
  console.log(`${fileOf(dashboard)}: ${dashboard.panels!.length} panels`);
}
