import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** An alert as it stands in a rule file. */
export interface AlertRule {
  alert: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

interface RuleFile {
  groups: { rules: (AlertRule | { record: string; expr: string })[] }[];
}

const deploy = fileURLToPath(new URL('../../', import.meta.url));

export const metricRules = `${deploy}prometheus/rules`;
export const logRules = `${deploy}loki/rules/ordeal`;

/** Every alert of the rule files in a folder. */
export function alertsIn(folder: string): AlertRule[] {
  return readdirSync(folder).flatMap((name) => {
    const file = parse(readFileSync(`${folder}/${name}`, 'utf8')) as RuleFile;
    return file.groups.flatMap(({ rules }) => rules.filter((rule) => 'alert' in rule));
  });
}

/** Alerts that no test can provoke, each with the reason: the table in deploy/prometheus/README.md. */
export function notProvoked(): Map<string, string> {
  const text = readFileSync(`${deploy}prometheus/README.md`, 'utf8');
  const [, table = ''] = /<!-- not provoked -->\n([\s\S]*?)<!-- \/not provoked -->/.exec(text) ?? [];
  const rows = [...table.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)];
  return new Map(rows.map(([, alert, reason]) => [alert!, reason!]));
}
