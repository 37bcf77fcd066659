import { fileURLToPath } from 'node:url';
import { type Config, readConfig } from '../../../examples/memory-api/config.ts';
import { readMapping } from '../../../instrumentation/domain/read-mapping.ts';
import { type Checked, check } from '../kit/checks.ts';
import { readAddresses } from '../kit/settings.ts';

const mappingFile = fileURLToPath(new URL('../../../examples/memory-api/metrics.json', import.meta.url));

/** The settings of the service, and those that are allowed and seldom meant. */
export async function serviceChecks(): Promise<Checked[]> {
  const settings = await check('settings', () => {
    readConfig();
    return 'all are as they have to be';
  });
  const addresses = await check('addresses', () => {
    const { service, prometheus, loki } = readAddresses();
    return [service, prometheus, loki].map((url) => new URL(url).host).join(', ');
  });
  const mapping = await check('metrics.json', () => checkMapping());
  if (settings.outcome !== 'ok') return [settings, addresses, mapping];
  return [settings, addresses, mapping, await check('production', () => refuseUnsafe(readConfig()))];
}

/** What the preload would say of the service's own numbers. */
function checkMapping(): string {
  const { metrics, problems } = readMapping(process.env.ORDEAL_METRICS_FILE || mappingFile);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return `${metrics.length} metrics`;
}

/** @throws Error that names what is no good outside of a desk */
function refuseUnsafe(config: Config): string {
  const isLocal = ['127.0.0.1', '::1', 'localhost'].includes(config.host);
  const unsafe = [
    ...(!config.auth.enabled && !isLocal ? [`AUTH_ENABLED=false while it listens on ${config.host}`] : []),
    ...(!config.rateLimit.enabled && !isLocal
      ? [`RATE_LIMIT_ENABLED=false while it listens on ${config.host}`]
      : []),
    ...(config.embeddings.url === '' && config.embeddings.model !== 'hashing'
      ? [`EMBEDDINGS_MODEL=${config.embeddings.model} without EMBEDDINGS_URL`]
      : []),
    ...(config.instance === undefined
      ? ['neither INSTANCE nor a fixed PORT: a restart is taken for another process']
      : []),
  ];
  if (unsafe.length > 0) throw new Error(unsafe.join('\n'));
  return 'nothing that is only meant for a desk';
}
