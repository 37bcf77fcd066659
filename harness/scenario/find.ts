import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import leven from 'leven';
import { ConfigError, UsageError } from '../errors.ts';
import { crossCheck, type Problem } from './check.ts';
import { type Scenario, scenarioSchema } from './scenario.ts';

/** A scenario with the place it came from; paths in it are relative to `folder`. */
export interface FoundScenario {
  name: string;
  file: string;
}

export interface LoadedScenario {
  scenario: Scenario;
  file: string;
  folder: string;
}

/** `.mts` for a folder whose package.json says `"type": "commonjs"`. */
const fileNames = ['scenario.ts', 'scenario.mts', 'scenario.js', 'scenario.mjs'];

/** The scenarios in `<cwd>/scenarios/<name>/` and a `scenario.ts` in `cwd` itself. */
export function listScenarios(cwd: string): FoundScenario[] {
  const own = fileIn(cwd);
  const folder = join(cwd, 'scenarios');
  const below = existsSync(folder) ? readdirSync(folder) : [];
  return [
    ...(own ? [{ name: basename(cwd), file: own }] : []),
    ...below.flatMap((name) => {
      const file = fileIn(join(folder, name));
      return file ? [{ name, file }] : [];
    }),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The file that a person meant: a path to a file or folder, or a scenario's name.
 * @throws UsageError with the nearest name when there is none.
 */
export function findScenario(asked: string, cwd: string): string {
  const path = isAbsolute(asked) ? asked : resolve(cwd, asked);
  const file = existsSync(path) && statSync(path).isFile() ? path : fileIn(path);
  if (file) return file;
  const known = listScenarios(cwd);
  const match = known.find(({ name }) => name === asked);
  if (match) return match.file;
  throw new UsageError(
    `There is no scenario "${asked}" in ${join(cwd, 'scenarios')}. ${suggestion(asked, known)}`,
  );
}

function suggestion(asked: string, known: readonly FoundScenario[]): string {
  const byDistance = known.map(({ name }) => ({ name, distance: leven(asked, name) }));
  const nearest = byDistance.sort((a, b) => a.distance - b.distance)[0];
  if (!nearest) return 'Write one with `ordeal init`, or change to the folder that has scenarios/.';
  return `Did you mean "${nearest.name}"? \`ordeal list\` shows all ${known.length}.`;
}

function fileIn(folder: string): string | undefined {
  return fileNames.map((name) => join(folder, name)).find((file) => existsSync(file));
}

/**
 * Reads, defaults and checks a scenario's file.
 * @throws ConfigError that lists every problem with file and path.
 */
export async function loadScenario(file: string): Promise<LoadedScenario> {
  const raw = await importDefault(file);
  const parsed = scenarioSchema.safeParse(raw);
  const problems = parsed.success
    ? [...crossCheck(parsed.data), ...missingFiles(parsed.data, dirname(file))]
    : parsed.error.issues.flatMap((issue): Problem[] => problemsOf(issue, raw));
  if (parsed.success && problems.length === 0) return { scenario: parsed.data, file, folder: dirname(file) };
  const lines = problems.map(({ path, message }) => `  ${file}: ${path || '(top level)'}: ${message}`);
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  throw new ConfigError(
    `The scenario has ${count}; nothing was started. See docs/writing-a-scenario.md.\n${lines.join('\n')}`,
  );
}

async function importDefault(file: string): Promise<unknown> {
  try {
    const module: { default?: unknown } = await import(pathToFileURL(file).href);
    if (module.default !== undefined) return module.default;
  } catch (cause) {
    throw new ConfigError(`The scenario ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  throw new ConfigError(
    `The scenario ${file} exports nothing: expected \`export default defineScenario({ … })\`.`,
  );
}

type Issue = { code?: string; path: PropertyKey[]; message: string; keys?: string[] };

/** Zod's issue in our words: what was expected comes from zod, what came from the value itself. */
function problemsOf(issue: Issue, raw: unknown): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => ({
      path: pathText([...issue.path, key]),
      message: 'is not a field here: is it misspelt?',
    }));
  }
  const came = valueAt(raw, issue.path);
  const shown = came === undefined ? 'nothing' : (JSON.stringify(came)?.slice(0, 60) ?? typeof came);
  const expected = issue.message
    .replace(/^(Invalid input|Too small|Too big): /, '')
    .replace(/, received .*$/, '');
  return [{ path: pathText(issue.path), message: `${expected}, got ${shown}` }];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined | null)?.[key],
    value,
  );
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

function missingFiles(scenario: Scenario, folder: string): Problem[] {
  const asked = [
    ...(scenario.load.script ? [['load.script', scenario.load.script, 'a file'] as const] : []),
    ['target.cwd', scenario.target.cwd, 'a folder'] as const,
    ...Object.entries(scenario.stack).flatMap(([name, service]) =>
      service.kind === 'http' ? [[`stack.${name}.cwd`, service.cwd, 'a folder'] as const] : [],
    ),
  ];
  return asked.flatMap(([path, value, kind]) => {
    const found = kindOf(resolve(folder, value));
    if (found === kind) return [];
    return [{ path, message: `expected ${kind} that exists, got "${value}", where there is ${found}` }];
  });
}

function kindOf(path: string): 'a file' | 'a folder' | 'nothing' {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return 'nothing';
  return stats.isDirectory() ? 'a folder' : 'a file';
}
