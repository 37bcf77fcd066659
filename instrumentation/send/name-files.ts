/** `hosts` (the contents of /etc/hosts) or the name itself says where it is: no server is asked. */
export function isListed(name: string, hosts: string): boolean {
  const wanted = name.toLowerCase();
  if (wanted === 'localhost' || wanted.endsWith('.localhost')) return true;
  return hosts.split('\n').some((line) => {
    const [, ...listed] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/);
    return listed.includes(wanted);
  });
}

/**
 * The name that the system asks the servers for first, by `settings` (the contents of /etc/resolv.conf, see resolv.conf(5)):
 * with a search domain, as in Kubernetes, that is not the name itself, which may go to servers that are out of reach.
 */
export function firstAsked(name: string, settings: string): string {
  const search = /^\s*(?:search|domain)\s+(\S+)/m.exec(settings)?.[1];
  const dots = Number(/^\s*options\s.*\bndots:(\d+)/m.exec(settings)?.[1] ?? 1);
  if (search === undefined || search === '.' || name.endsWith('.')) return name;
  return name.split('.').length - 1 < dots ? `${name}.${search}` : name;
}
