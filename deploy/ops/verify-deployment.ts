import { smoke } from './deployment/smoke.ts';
import { telemetryChecks } from './deployment/telemetry.ts';
import { untilReady } from './deployment/until-ready.ts';
import { check, report } from './kit/checks.ts';
import { script, span, start } from './kit/script.ts';
import { addressesHelp, readAddresses } from './kit/settings.ts';
import { stoppable } from './kit/stopping.ts';

interface Options {
  wait: number;
  user: string;
  expectVersion?: string;
  json?: true;
}

await start(
  script({
    name: 'verify-deployment',
    about: 'Waits until the service is ready, then uses it as a client would, and looks at its telemetry.',
    failed: 'a check failed: roll back',
    more: `A memory is written, read, found, changed and deleted, with the key in KEY. It is deleted also
when a check fails or this is ended. Alerts that fire are told; whether they are of this deployment\nis for you to judge.\n${addressesHelp}`,
  })
    .option('--wait <span>', 'until it is ready', span, 60_000)
    .option('--user <id>', 'whose memory it is; KEY has to be for this user, or for all', 'verify-deployment')
    .option('--expect-version <version>', 'of the service, as its description says')
    .option('--json', 'print JSON')
    .action(async ({ wait, user, expectVersion, json }: Options) => {
      const addresses = readAddresses();
      await stoppable(async (signal) => {
        const ready = await check('ready', () => untilReady(addresses.service, wait, signal));
        if (ready.outcome !== 'ok') return report([ready], { ...(json && { json }) });
        const used = await smoke(addresses, { user, expectVersion, signal });
        report([ready, ...used, ...(await telemetryChecks(addresses, signal))], { ...(json && { json }) });
      });
    }),
);
