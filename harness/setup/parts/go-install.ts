import { join } from 'node:path';
import { keep } from '../keep.ts';
import type { Found, Host, Parts } from '../part.ts';
import { runProgram } from '../program.ts';

/** Why nothing can be built with Go here; undefined when it can. */
export function goBlocked(parts: Parts): string | undefined {
  if (!parts.go) return 'Go is not there';
  return parts.go.good ? undefined : parts.go.problem;
}

export interface GoBuild {
  readonly go: Found;
  /** The file's name in the cache's `bin`. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** Runs `go` with these arguments in the empty folder of the build; what it prints on stdout comes back. */
  readonly build: (go: (...args: string[]) => Promise<string>, folder: string) => Promise<void>;
}

/** Builds a static program (it then runs in an image `FROM scratch` too) and keeps it in the cache. */
export async function buildWithGo(host: Host, { go, name, signal, build }: GoBuild): Promise<void> {
  const bin = join(host.settings.cacheFolder, 'bin');
  await keep(join(bin, name), async (folder) => {
    // Neither a workspace nor a repository around the cache folder has a say.
    const goFlags = '-modcacherw -buildvcs=false';
    const env = { ...host.env, CGO_ENABLED: '0', GOBIN: folder, GOFLAGS: goFlags, GOWORK: 'off' };
    const program = { command: go.path, env, cwd: folder, signal, only: 'stdout' } as const;
    await build((...args) => runProgram({ ...program, args }), folder);
    return join(folder, name);
  });
}
