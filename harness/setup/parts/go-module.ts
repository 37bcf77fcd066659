import { createHash } from 'node:crypto';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Found, Host, Parts, Way } from '../part.ts';
import { runProgram } from '../program.ts';
import { buildWithGo, goBlocked } from './go-install.ts';

/** A program of a Go module that `go install` refuses because of `replace` or `exclude` lines. */
export interface ModuleProgram {
  /** `github.com/prometheus/prometheus`. */
  readonly module: string;
  /** As Go has it: `v0.313.5`. */
  readonly moduleVersion: string;
  /** As the program says it: `3.13.5`. */
  readonly version: string;
  /** The Go variable that holds it, which the linker sets. */
  readonly versionVariable: string;
  /** Its folder under `cmd`, and what the program is called. */
  readonly name: string;
  readonly tags?: readonly string[];
  /**
   * Written into the copy first, by path: what the authors generate and do not publish with the module. Compressed where
   * the path ends in `.gz` or `.br`.
   */
  readonly files?: Readonly<Record<string, string>>;
  /** What a build costs, said before it: `about 5 min, 140 MB`. */
  readonly cost: string;
}

/** The file's name in the cache: another recipe makes another file, so that none of an older Ordeal is taken. */
export function cachedName({ cost: _cost, ...recipe }: ModuleProgram): string {
  const hash = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 8);
  return `${recipe.name}-${recipe.version}-${hash}`;
}

export function moduleWay(title: string, program: ModuleProgram, host: Host, parts: Parts): Way {
  return {
    what: `build ${title} ${program.version} with Go (${program.cost})`,
    blocked: goBlocked(parts),
    take: ({ signal }) => buildInCopy(program, host, parts.go!, signal),
  };
}

/** In a copy of the module, where its own `go.mod` and `go.sum` say what it is built of. */
function buildInCopy(program: ModuleProgram, host: Host, go: Found, signal: AbortSignal): Promise<void> {
  const { module, moduleVersion, tags = [], files = {}, versionVariable, version } = program;
  return buildWithGo(host, {
    go,
    name: cachedName(program),
    signal,
    async build(run, folder) {
      const copy = join(folder, 'module');
      const downloaded = await run('mod', 'download', '-json', `${module}@${moduleVersion}`);
      const { Dir } = JSON.parse(downloaded) as { Dir: string };
      await cp(Dir, copy, { recursive: true });
      await runProgram({ command: 'chmod', args: ['-R', 'u+w', copy], env: host.env, signal });
      await dropLocalReplacements(run, copy);
      for (const [path, text] of Object.entries(files)) await writeNew(join(copy, path), text);
      await run(
        ...['-C', copy, 'build', '-mod=mod', '-trimpath', '-tags', tags.join(',')],
        ...['-ldflags', `-s -w -X ${versionVariable}=${version}`],
        ...['-o', join(folder, cachedName(program)), `./cmd/${program.name}`],
      );
    },
  });
}

type Run = (...args: string[]) => Promise<string>;

interface GoMod {
  readonly Replace: readonly { Old: { Path: string }; New: { Path: string } }[] | null;
}

/** A module does not hold the modules that lie in its folders; the version that it asks for is taken instead. */
async function dropLocalReplacements(run: Run, copy: string): Promise<void> {
  const { Replace } = JSON.parse(await run('-C', copy, 'mod', 'edit', '-json')) as GoMod;
  for (const { Old, New } of Replace ?? [])
    if (New.Path.startsWith('.')) await run('-C', copy, 'mod', 'edit', `-dropreplace=${Old.Path}`);
}

const compressed: Readonly<Record<string, (text: string) => Buffer>> = {
  '.gz': gzipSync,
  '.br': brotliCompressSync,
};

async function writeNew(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, compressed[extname(file)]?.(text) ?? text);
}
