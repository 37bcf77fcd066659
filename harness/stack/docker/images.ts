/**
 * The images that are started when nobody names others. `deploy/stand-ins/build.sh` reads this table too, line by
 * line, so that a stand-in carries exactly the name that is asked for.
 */
export const defaultImages = {
  postgres: 'postgres:18',
  redis: 'redis:8',
  jaeger: 'jaegertracing/all-in-one:1.62.0',
  k6: 'grafana/k6:1.8.1',
} as const;

/** What images are made of: deploy/images/. Of these too there are stand-ins. */
export const baseImages = {
  node: 'node:24.21.0-bookworm-slim',
} as const;

/** Which image is started for what, when the scenario does not say. */
export type Images = Readonly<Record<'postgres' | 'redis' | 'jaeger', string>>;

/** `ORDEAL_POSTGRES_IMAGE`, `ORDEAL_REDIS_IMAGE` and `ORDEAL_JAEGER_IMAGE` go before the defaults. */
export function imagesFrom(env: Readonly<Record<string, string | undefined>>): Images {
  return {
    postgres: env.ORDEAL_POSTGRES_IMAGE || defaultImages.postgres,
    redis: env.ORDEAL_REDIS_IMAGE || defaultImages.redis,
    jaeger: env.ORDEAL_JAEGER_IMAGE || defaultImages.jaeger,
  };
}
