/** Where log lines go, whoever wrote them. */
export interface Lines {
  /**
   * `json`: one JSON object, with or without a line break at its end, as the service wrote it (any names; a numeric `level` as pino's)
   * with what the preload added. `atMs`: epoch milliseconds. Renamed, masked and labelled by the sender.
   */
  add(json: string, atMs: number): void;
}
