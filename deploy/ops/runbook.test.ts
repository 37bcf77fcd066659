import { access, glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { settings } from '../../examples/memory-api/config.ts';
import { ops } from './testing/ops.ts';
import { anchorOf, fenced, readPages, root, runbook } from './testing/pages.ts';

/* What the runbook says is there, is there. That its commands work is seen in e2e/, where they are typed. */

const pages = await readPages();

/** What is typed, or tried elsewhere, and where. */
const typedBy: Readonly<Record<string, string>> = {
  'operations.md': 'deploy/ops/e2e/operations.test.ts',
  'incident-response.md': 'deploy/ops/e2e/runbook.test.ts',
  'alerts.md': 'deploy/ops/e2e/runbook.test.ts',
  'error-handling.md': 'deploy/ops/e2e/runbook.test.ts',
  'performance.md': 'deploy/ops/e2e/runbook.test.ts',
  'troubleshooting.md': 'deploy/ops/e2e/runbook.test.ts',
};

describe('the runbook', () => {
  it('has the pages that are promised', () => {
    expect(pages.map(({ name }) => name)).toEqual(Object.keys(typedBy).sort());
  });

  it.each(Object.entries(typedBy))('%s is typed by %s', async (page, test) => {
    expect(await readFile(join(root, test), 'utf8')).toContain(page);
  });

  it.each(pages.map((page) => [page.name, page] as const))('%s has no dead link', async (_, page) => {
    for (const link of page.links) {
      const [path, anchor] = link.split('#') as [string, string?];
      const file = path === '' ? join(runbook, page.name) : join(runbook, path);
      await access(file);
      if (anchor === undefined) continue;
      const titles = [...(await readFile(file, 'utf8')).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
        anchorOf(title!),
      );
      expect(titles, `${page.name}: ${link}`).toContain(anchor);
    }
  });

  it.each(pages.map((page) => [page.name, page] as const))('%s names settings that there are', (_, page) => {
    const unknown = [...page.names].filter((name) => !(name in settings.shape) && !known.has(name));
    expect(unknown).toEqual([]);
  });
});

describe('the commands of the runbook', () => {
  const commands = pages.flatMap((page) =>
    scriptCalls(page.text).map((call) => [`${page.name}: ${call.line}`, call] as const),
  );
  const helps = new Map<string, string>();

  beforeAll(async () => {
    const names = await scriptNames();
    await Promise.all(names.map(async (name) => helps.set(name, (await ops(name, ['--help'])).stdout)));
  });

  it('are many', () => {
    expect(commands.length).toBeGreaterThan(90);
  });

  it.each(commands)('%s has a script with these options', (_, { name, options }) => {
    const help = helps.get(name);
    expect(help, `there is no deploy/ops/${name}.ts`).toBeDefined();
    for (const option of options) expect(help).toMatch(new RegExp(`^ +${option}[ ,]`, 'm'));
  });

  it('use every script', () => {
    const used = new Set(commands.map(([, { name }]) => name));
    expect([...helps.keys()].filter((name) => !used.has(name))).toEqual([]);
  });

  it('are of services that docker-compose.yml has', async () => {
    const { services } = parse(await readFile(join(root, 'docker-compose.yml'), 'utf8'), { merge: true });
    const named = pages.flatMap(({ text }) => [
      ...text.matchAll(/docker compose \w+(?: --[\w-]+(?: \d+)?)*(?: (\w[\w-]+))?`/g),
    ]);
    expect(named.length).toBeGreaterThan(3);
    for (const [command, service] of named)
      if (service !== undefined) expect(Object.keys(services), command).toContain(service);
  });
});

describe('alerts.md', () => {
  const page = pages.find(({ name }) => name === 'alerts.md')!;
  const sections = page.text.split(/^## /m).slice(1);

  it('has a section for each alert, and none without', async () => {
    const alerts = await alertNames();
    expect(alerts.length).toBeGreaterThan(15);
    expect(sections.map((text) => text.split('\n', 1)[0]!).sort()).toEqual(alerts.sort());
  });

  it.each(sections.map((text) => [text.split('\n', 1)[0]!, text]))(
    '%s says what, what first, why, how',
    (_, text) => {
      const [block, ...more] = fenced(text, 'sh');
      expect([block!.trim().split('\n').length, more]).toEqual([3, []]);
      for (const part of ['**Causes.**', '**Mending.**']) expect(text).toContain(part);
      expect(text.split('\n')[2]).toMatch(/^[A-Z\d]/);
    },
  );

  it('is where the rules say', async () => {
    for (const { annotations, alert } of await alertRules())
      expect(annotations.runbook_url).toMatch(new RegExp(`docs/runbook/alerts.md#${alert.toLowerCase()}$`));
  });

  it('asks for metrics that there are', async () => {
    const documented = await Promise.all(
      ['docs/metrics.md', 'docs/domain-metrics.md'].map((file) => readFile(join(root, file), 'utf8')),
    );
    const recorded = (await rules()).map(({ record }) => record);
    for (const { text } of pages)
      for (const name of metricNames(text))
        expect(
          documented.join().includes(`\`${name}\``) || recorded.includes(name) || name === 'up',
          name,
        ).toBe(true);
  });
});

describe('error-handling.md', () => {
  it('has every code of the service, and no other', async () => {
    const page = pages.find(({ name }) => name === 'error-handling.md')!;
    const listed = [...page.text.matchAll(/^\| `([A-Z_]+)` \| (\d+) \|/gm)].map(([, code]) => code!);
    expect(listed.toSorted()).toEqual(await errorCodes());
  });
});

interface Rule {
  alert: string;
  record: string;
  annotations: Record<string, string>;
}

async function rules(): Promise<Rule[]> {
  const found: Rule[] = [];
  for await (const file of glob(['deploy/prometheus/rules/*.yml', 'deploy/loki/rules/**/*.yml'], {
    cwd: root,
  })) {
    const { groups } = parse(await readFile(join(root, file), 'utf8')) as { groups: { rules: Rule[] }[] };
    found.push(...groups.flatMap((group) => group.rules));
  }
  return found;
}

async function alertRules(): Promise<Rule[]> {
  return (await rules()).filter(({ alert }) => alert !== undefined);
}

async function alertNames(): Promise<string[]> {
  return [...new Set((await alertRules()).map(({ alert }) => alert))];
}

/** Calls of our scripts, in blocks and in code within a line. What is quoted is no option. */
function scriptCalls(text: string): { line: string; name: string; options: string[] }[] {
  const blocks = ['sh', 'cron', 'text'].flatMap((kind) => fenced(text, kind)).join('');
  const inline = [...text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, code]) => code!,
  );
  return [...blocks.split('\n'), ...inline].flatMap((line) => {
    const bare = line.replaceAll(/'[^']*'|"[^"]*"/g, '');
    return [...bare.matchAll(/node deploy\/ops\/([\w-]+)\.ts([^|>;)]*)/g)].map(([, name, rest]) => ({
      ...{ line: line.trim(), name: name! },
      options: [...rest!.matchAll(/ (--[\w-]+)/g)].map(([, option]) => option!),
    }));
  });
}

async function scriptNames(): Promise<string[]> {
  const names: string[] = [];
  for await (const file of glob('*.ts', { cwd: import.meta.dirname, exclude: ['*.test.ts'] }))
    names.push(file);
  return names.map((file) => file.replace('.ts', '')).sort();
}

/** Those of `ask.ts metrics '…'`, and of prose. */
function metricNames(text: string): string[] {
  const queries = [...text.matchAll(/ask\.ts metrics '([^']+)'/g)].map(([, query]) => query!);
  const inQueries = queries.flatMap((query) => {
    const bare = query.replaceAll(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"|by \([^)]*\)/g, ' ');
    return [...bare.matchAll(/[a-z][a-z0-9_:]*_[a-z0-9_:]+|\bup\b/g)].map(([name]) => name);
  });
  const inProse = [...text.matchAll(/`(job:\w+:\w+|(?:\w+_)+(?:total|seconds|ratio|waiting|percent))`/g)].map(
    ([, name]) => name!,
  );
  const functions = new Set(['histogram_quantile']);
  return [...inQueries, ...inProse]
    .filter((name) => !functions.has(name))
    .map((name) => name.replace(/_bucket$/, ''));
}

/** Of every class of error of the service. */
async function errorCodes(): Promise<string[]> {
  const codes = new Set<string>();
  for await (const file of glob('**/*.ts', {
    cwd: join(root, 'examples/memory-api'),
    exclude: ['**/*test*', 'node_modules/**', 'mcp/**'],
  })) {
    const source = await readFile(join(root, 'examples/memory-api', file), 'utf8');
    for (const [, code] of source.matchAll(/(?:code:|\? cause\.code :|\?\?) '([A-Z]+(?:_[A-Z]+)*)'/g))
      codes.add(code!);
  }
  return [...codes].sort();
}

/** What is no setting of the service: the preload's, the scripts', and codes of errors. */
const known = new Set([
  ...'SERVICE_URL METRICS_URL PROMETHEUS_URL ALERTMANAGER_URL LOKI_URL'.split(' '),
  ...'ORDEAL_LOKI_URL ORDEAL_SLOW_MS ORDEAL_SLOW_QUERY_MS ORDEAL_BUFFER_MB ORDEAL_METRICS_FILE ORDEAL_PRINT_SETTINGS'.split(
    ' ',
  ),
  ...'OTEL_METRICS_EXPORTER OTEL_EXPORTER_PROMETHEUS_PORT OTEL_EXPORTER_OTLP_ENDPOINT'.split(' '),
  ...(await errorCodes()),
  'CTP_BODY_TOO_LARGE',
]);
