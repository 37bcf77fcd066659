/** How somebody can be told of an alert, by the key in alertmanager.yml, and the secret without which that fails. */
export const receivers = [
  { key: 'email_configs', secret: 'smtp_password', title: 'e-mail' },
  { key: 'slack_configs', secret: 'slack_url', title: 'Slack' },
  { key: 'webhook_configs', secret: 'webhook_url', title: 'the webhook' },
] as const;

export type Secret = (typeof receivers)[number]['secret'];

/** Where Alertmanager's files lie; absolute paths. */
export interface AlertPlaces {
  /** With `*.tmpl`. */
  templates: string;
  /** With a file for each of `has`. */
  secrets: string;
  /**
   * Secrets that are there. Who lacks theirs is left out: Alertmanager would try them with every message, and fail. Nobody may
   * be left; alerts are then seen on its page alone.
   */
  has: readonly Secret[];
}

/** The text of `deploy/alertmanager/alertmanager.yml` for another place than the container that it is written for. */
export function placeAlertmanager(config: string, { templates, secrets, has }: AlertPlaces): string {
  return receivers
    .filter(({ secret }) => !has.includes(secret))
    .reduce(without, config)
    .replaceAll('/etc/alertmanager/templates', templates)
    .replaceAll('/etc/alertmanager/secrets', secrets);
}

/** Without the blocks of one kind of receiver: its line, and those that are indented deeper. */
function without(config: string, { key, secret }: (typeof receivers)[number]): string {
  const blocks = new RegExp(`^( +)${key}:\\n(?:\\1 +.*\\n)+`, 'gm');
  return config.replace(blocks, '').replace(new RegExp(`^ +smtp_.*${secret}\\n`, 'gm'), '');
}
