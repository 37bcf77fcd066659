/** The time that a dashboard shows, and what is chosen at its top. */
export interface View {
  fromMs: number;
  toMs: number;
  /** Between two points of a panel. */
  stepS: number;
  /** How often Prometheus reads: the data source's setting of the same name. */
  scrapeIntervalS: number;
  chosen: Readonly<Record<string, string>>;
}

/**
 * A query with the values that Grafana puts in for its variables.
 * https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/#use-__rate_interval
 * https://grafana.com/docs/grafana/latest/datasources/loki/template-variables/#use-interval-and-range-variables
 *
 * @throws Error that names a variable without a value
 */
export function fillIn(query: string, view: View): string {
  const { fromMs, toMs, stepS, scrapeIntervalS, chosen } = view;
  const rangeS = Math.ceil((toMs - fromMs) / 1000);
  const rateS = Math.max(stepS + scrapeIntervalS, 4 * scrapeIntervalS);
  const values: Readonly<Record<string, string>> = {
    ...chosen,
    __rate_interval: `${rateS}s`,
    __rate_interval_ms: `${1000 * rateS}`,
    __interval: `${stepS}s`,
    __auto: `${stepS}s`,
    __range: `${rangeS}s`,
  };
  return query.replaceAll(/\$\{?(\w+)\}?/g, (_, name) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nothing to put in for $${name} in: ${query}`);
    return value;
  });
}
