import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Found, Host, Part } from '../part.ts';
import { isExecutable, programPlaces, search } from '../search.ts';
import { askVersion, olderThan } from '../version.ts';
import { buildWithGo, goBlocked } from './go-install.ts';
import { imageWay } from './image.ts';

/** OTLP is received without a flag from 1.35 on; 2.x is another program with another configuration. */
const least = '1.35.0';

const builtVersion = 'v1.62.0';
const goPackage = 'github.com/jaegertracing/jaeger/cmd/all-in-one';
const program = 'jaeger-all-in-one';

/** Stripped; and without the version that its makefile puts in, it would not know it. */
const linkFlags = `-s -w -X github.com/jaegertracing/jaeger/pkg/version.latestVersion=${builtVersion}`;

const mend = 'run `npx ordeal setup --jaeger`, or set JAEGER_BIN to a Jaeger 1.x all-in-one';

export const jaeger: Part = {
  name: 'jaeger',
  title: 'Jaeger',
  mend,
  find: (host) =>
    search({
      explicit: host.settings.explicit.jaeger,
      places: programPlaces(host, [program, 'jaeger']),
      holds: isExecutable,
      ask: (path) => ask(host, path),
      objection: (version) =>
        olderThan(version, '2') ? olderThan(version, least) : `version ${version} is not 1.x`,
      mend,
    }),
  ways: (host, parts) => [
    imageWay(host, parts, {
      title: 'Jaeger',
      image: host.settings.images.jaeger,
      file: '/go/bin/all-in-one-linux',
      name: program,
      ask: (path) => ask(host, path),
    }),
    {
      what: `build Jaeger ${builtVersion} with Go (about 90 s, 70 MB)`,
      blocked: goBlocked(parts),
      take: ({ signal }) => build(host, parts.go!, signal),
    },
  ],
};

function ask(host: Host, path: string): Promise<string> {
  return askVersion(host, path, ['version'], /"gitVersion":"v(\d+\.\d+\.\d+)"/);
}

/** `go install` refuses a module with replace directives, so a module of our own has it as its dependency. */
function build(host: Host, go: Found, signal: AbortSignal): Promise<void> {
  return buildWithGo(host, {
    go,
    name: program,
    signal,
    async build(run, folder) {
      await writeFile(join(folder, 'go.mod'), 'module ordeal.invalid/jaeger\n\ngo 1.22\n');
      // Under a build tag: Go imports no program, but `go mod tidy` shall keep what this one needs.
      await writeFile(
        join(folder, 'tools.go'),
        `//go:build tools\n\npackage tools\n\nimport _ "${goPackage}"\n`,
      );
      await run('get', `github.com/jaegertracing/jaeger@${builtVersion}`);
      await run('mod', 'tidy');
      await run('build', '-trimpath', '-ldflags', linkFlags, '-o', program, goPackage);
    },
  });
}
