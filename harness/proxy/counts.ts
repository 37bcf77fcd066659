import type { LinkCounts } from '../journal/entry.ts';

function none(): LinkCounts {
  return {
    connections: 0,
    commands: {},
    handshakes: 0,
    hits: 0,
    misses: 0,
    errors: 0,
    bytesToDependency: 0,
    bytesToTarget: 0,
  };
}

/** What passed a link since it was last asked. */
export class Counts {
  /** Add to these; they are another object after each `take`. */
  since: LinkCounts = none();

  command(name: string): void {
    const { commands } = this.since;
    commands[name] = (commands[name] ?? 0) + 1;
  }

  take(): LinkCounts {
    const taken = this.since;
    this.since = none();
    return taken;
  }
}
