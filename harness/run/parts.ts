import { inject } from '../faults/inject.ts';
import { startReceiver } from '../telemetry/start-receiver.ts';

/** The seams at which a test can take a part out and see that the run notices. */
export interface Parts {
  inject: typeof inject;
  startReceiver: typeof startReceiver;
}

export const realParts: Parts = { inject, startReceiver };
