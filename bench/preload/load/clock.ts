/** Milliseconds that all threads and processes of this machine agree on, with the resolution of nanoseconds. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
