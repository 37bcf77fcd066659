import { type Checked, check, MissingError, messageOf } from '../kit/checks.ts';
import { ask } from '../kit/http.ts';
import type { Addresses } from '../kit/settings.ts';

/** Those who watch. The service does not notice when they are away; whoever looks after it does. */
export function checkStack({ prometheus, alertmanager, loki }: Addresses): Promise<Checked[]> {
  return Promise.all([
    ready('Prometheus', new URL('/-/ready', prometheus)),
    ready('Alertmanager', new URL('/-/ready', alertmanager)),
    ready('Loki', new URL('/ready', loki)),
  ]);
}

function ready(what: string, url: URL): Promise<Checked> {
  return check(what, async () => {
    try {
      await ask(url);
      return `ready at ${url.host}`;
    } catch (error) {
      throw new MissingError(messageOf(error));
    }
  });
}
