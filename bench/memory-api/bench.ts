/** What all parts of the bench are given. */
export interface Bench {
  readonly k6: string;
  /** For files, gone at the end. */
  readonly folder: string;
  /** Aborted when the bench is to end early. */
  readonly signal: AbortSignal;
}

/** What one service runs on. */
export interface Place {
  readonly url: string;
  readonly redisUrl: string;
  /** A key that may act for every user. */
  readonly key: string;
}

export const dimensions = 384;
export const ratePerSecond = 300;
/** Of the highest rate that the service carries without the cache: there response times with it and without are compared. */
export const shareOfHighest = 0.6;
