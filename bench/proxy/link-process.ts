/** Opens a link to the port given and says where; it counts as it does in a run. */
import { openLink } from '../../harness/proxy/open-link.ts';

const link = await openLink({
  name: 'redis',
  protocol: 'redis',
  cacheKeys: 'memory:*',
  upstream: { host: '127.0.0.1', port: Number(process.argv[2]) },
  seed: 1,
});
process.stdout.write(`${link.port}\n`);
setInterval(() => link.take(), 1000);
