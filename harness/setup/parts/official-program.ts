import type { Host, Part, PartName } from '../part.ts';
import { isExecutable, programPlaces, search } from '../search.ts';
import type { Explicit, Settings } from '../settings.ts';
import { askVersion, olderThan } from '../version.ts';
import { cachedName, type ModuleProgram, moduleWay } from './go-module.ts';
import { imageWay } from './image.ts';

/** A program whose authors publish it as an image and as a Go module. */
export interface OfficialProgram {
  readonly name: PartName;
  readonly title: string;
  /** The variable with its path. */
  readonly explicit: (settings: Settings) => Explicit | undefined;
  readonly image: (settings: Settings) => string;
  /** Its absolute path inside the image. */
  readonly file: string;
  readonly built: ModuleProgram;
  /** The oldest that understands the files in `deploy/`. */
  readonly least: string;
  readonly variable: string;
}

/** Looked for on PATH and in the cache; copied out of its image, or built with Go. */
export function officialProgram(program: OfficialProgram): Part {
  const { name, title, built, least, variable } = program;
  const mend = `run \`npx ordeal setup --observability\`, or set ${variable} to ${title} ${least} or newer`;
  return {
    name,
    title,
    mend,
    find: (host) =>
      search({
        explicit: program.explicit(host.settings),
        places: programPlaces(host, [built.name], cachedName(built)),
        holds: isExecutable,
        ask: (path) => ask(host, path),
        objection: (version) => olderThan(version, least),
        mend,
      }),
    ways: (host, parts) => [
      imageWay(host, parts, {
        title,
        image: program.image(host.settings),
        file: program.file,
        name: cachedName(built),
        ask: (path) => ask(host, path),
      }),
      moduleWay(title, built, host, parts),
    ],
  };
}

function ask(host: Host, path: string): Promise<string> {
  return askVersion(host, path, ['--version'], /, version v?(\d+\.\d+\.\d+)/);
}
