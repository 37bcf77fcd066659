import nodeModule from 'node:module';

/** Packages that are patched when a service imports them; `http` and `undici` need no import hook. */
const patched = ['pg', 'pg-pool', 'ioredis', 'pino', 'cockatiel'];

/**
 * Lets the patches reach ESM services; call it when every instrumentation exists. `http` and `https` are patched as
 * CommonJS and then copied to their ESM exports: an import hook for them would patch them a second time.
 */
export async function hookModules(): Promise<void> {
  const require = nodeModule.createRequire(import.meta.url);
  require('node:http');
  require('node:https');
  nodeModule.syncBuiltinESMExports();
  const inThread = await import('import-in-the-middle/register-hooks.mjs');
  if (nodeMajor() >= 24 && inThread.supportsSyncHooks()) inThread.register({ include: [...patched] });
  else
    nodeModule.register('import-in-the-middle/hook.mjs', import.meta.url, {
      data: { include: [...patched] },
    });
}

/** In-thread hooks exist on later Node 22 too, but can miss a module there without a word. */
function nodeMajor(): number {
  return Number.parseInt(process.versions.node, 10);
}
