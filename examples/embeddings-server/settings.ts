export interface Settings {
  host: string;
  port: number;
  /** Of an embedding when the request does not say. */
  dimensions: number;
  /** Whoever asks has to show it; everybody may ask when undefined. */
  apiKey: string | undefined;
}

/** The settings are wrong; the message lists everything that is, one line each. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

export const largestDimensions = 4096;

/** From environment variables; an empty one counts as not given. @throws SettingsError */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const wrong: string[] = [];
  const integer = (name: string, byDefault: number, min: number, max: number): number => {
    const given = environment[name] || String(byDefault);
    const value = Number(given);
    if (!/^\d+$/.test(given) || value < min || value > max)
      wrong.push(`  ${name}: expected an integer from ${min} to ${max} (it is "${given}")`);
    return value;
  };
  const settings = {
    host: environment.HOST || '127.0.0.1',
    port: integer('PORT', 8081, 0, 65_535),
    dimensions: integer('DIMENSIONS', 384, 1, largestDimensions),
    apiKey: environment.API_KEY || undefined,
  };
  if (wrong.length > 0)
    throw new SettingsError(['These environment variables are wrong, see README.md:', ...wrong].join('\n'));
  return settings;
}
