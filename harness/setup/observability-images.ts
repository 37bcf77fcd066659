/**
 * The official images of the observability stack: the programs are copied out of them where Docker has them, and
 * docker-compose.yml starts the same (a test holds the two together).
 */
export const observabilityImages = {
  prometheus: 'prom/prometheus:v3.13.5',
  alertmanager: 'prom/alertmanager:v0.34.2',
  loki: 'grafana/loki:3.7.8',
  grafana: 'grafana/grafana:13.2.3',
} as const;
