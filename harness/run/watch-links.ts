import type { LinkCounts, LinkEntry } from '../journal/entry.ts';
import type { Link } from '../proxy/link.ts';

/** Fine enough to tell what passed while a breaker was open. */
const bucketMs = 100;

/** Hands on what passed each link, ten times a second; what is left is handed on when disposed. */
export function watchLinks(
  links: Iterable<Link>,
  nowMs: () => number,
  onEntry: (entry: LinkEntry) => void,
): Disposable {
  const all = [...links];
  let sinceMs = nowMs();
  const take = () => {
    const atMs = sinceMs;
    sinceMs = nowMs();
    for (const link of all) {
      const counts = link.take();
      if (!isEmpty(counts))
        onEntry({ kind: 'link', atMs, forMs: sinceMs - atMs, link: link.name, ...counts });
    }
  };
  const timer = setInterval(take, bucketMs);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      take();
    },
  };
}

function isEmpty({ commands, ...numbers }: LinkCounts): boolean {
  return Object.keys(commands).length === 0 && Object.values(numbers).every((it) => it === 0);
}
