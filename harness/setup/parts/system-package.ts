import { join } from 'node:path';
import type { Host, Way, Work } from '../part.ts';
import { runProgram } from '../program.ts';
import { isExecutable } from '../search.ts';

interface PackageManager {
  readonly program: string;
  /** What a person would type, for the plan. */
  readonly said: string;
  /** Run by `sh -c`. */
  readonly script: string;
}

/** Debian's way to keep a package's service from being started: `invoke-rc.d` asks this program first. */
const policyProgram = '/usr/sbin/policy-rc.d';

/**
 * apt installs from lists that may be missing or old, so it is tried once more after an update. The package
 * would start a Redis of its own, which nobody asked for: unless the machine has a policy already, a policy that
 * forbids it stands there for as long as the installation takes.
 */
export function aptScript(policy: string): string {
  return `
export DEBIAN_FRONTEND=noninteractive
if [ ! -e ${policy} ]; then
  trap 'rm -f ${policy}' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  printf '#!/bin/sh\\nexit 101\\n' > ${policy} && chmod 755 ${policy}
fi
install() { apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends redis-server; }
install || { apt-get -o DPkg::Lock::Timeout=300 update && install; }
`;
}

const managers: readonly PackageManager[] = [
  {
    program: 'apt-get',
    said: 'apt-get install --no-install-recommends redis-server (after an update when it is needed)',
    script: aptScript(policyProgram),
  },
  {
    program: 'dnf',
    said: 'dnf install valkey, or redis where there is no valkey',
    script: 'dnf install -y valkey || dnf install -y redis',
  },
  {
    program: 'apk',
    said: 'apk add valkey, or redis where there is no valkey',
    script: 'apk add --no-cache valkey || apk add --no-cache redis',
  },
];

/** Redis by the system's package manager: as root, else through sudo. */
export async function packageWays(host: Host): Promise<Way[]> {
  const manager = await managerOf(host);
  if (!manager) return [];
  const isRoot = host.uid === 0;
  const sudo = isRoot || (await onPath(host, 'sudo'));
  return [
    {
      what: `${isRoot ? '' : 'sudo '}${manager.said}`,
      blocked: sudo ? undefined : `${manager.program} needs root, and there is no sudo`,
      asks: !isRoot,
      take: (work) => install(host, manager, work),
    },
  ];
}

async function install(host: Host, { script }: PackageManager, { signal }: Work): Promise<void> {
  const [command, ...args] = host.uid === 0 ? ['sh', '-c', script] : ['sudo', 'sh', '-c', script];
  await runProgram({ command: command!, args, env: host.env, terminal: host.uid !== 0, signal });
}

async function managerOf(host: Host): Promise<PackageManager | undefined> {
  for (const manager of managers) if (await onPath(host, manager.program)) return manager;
  return undefined;
}

async function onPath(host: Host, program: string): Promise<boolean> {
  const here = host.settings.searchPath.map((folder) => isExecutable(join(folder, program)));
  return (await Promise.all(here)).includes(true);
}
