import type { Config } from '../../../examples/memory-api/config.ts';
import { createLogger } from '../../../examples/memory-api/logger.ts';
import { createProvider } from '../../../examples/memory-api/parts.ts';
import { type Checked, check } from '../kit/checks.ts';

/** Has one text embedded, as the service would. */
export async function checkEmbeddings(config: Config['embeddings']): Promise<Checked[]> {
  if (config.url === '') return [];
  return [
    await check('embeddings', async () => {
      const provider = createProvider(config, createLogger('silent'));
      const startedAtMs = performance.now();
      const embedding = await provider.embed('is anybody there');
      const tookMs = performance.now() - startedAtMs;
      return `${provider.model}, ${embedding.length} dimensions, ${tookMs.toFixed(0)} ms`;
    }),
  ];
}
