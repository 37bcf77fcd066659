import type { OpenSpan } from './recorder.ts';

/** A request that the service is answering. */
export interface CurrentRequest {
  readonly requestId: string;
  /** `anonymous` when the caller named nobody. */
  readonly userId: string;
  /** The pattern that matched (`/memories/:id`), never the raw path; set by whoever knows the framework. */
  route: string | undefined;
  /** The server span. */
  readonly span: OpenSpan;
}
