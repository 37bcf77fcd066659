import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../examples/memory-api/config.ts';
import { observabilityImages } from '../../harness/setup/observability-images.ts';
import { defaultImages } from '../../harness/stack/docker/images.ts';
import { alertmanagerFlags } from '../../harness/up/alertmanager.ts';
import { lokiFlags, lokiTenant } from '../../harness/up/loki.ts';
import { defaultPorts } from '../../harness/up/ports.ts';
import { prometheusFlags } from '../../harness/up/prometheus.ts';
import { readCompose, readEnvFile, root } from './compose-file.ts';

const secrets = { POSTGRES_PASSWORD: 'secret', GRAFANA_ADMIN_PASSWORD: 'secret' };
const compose = readCompose(secrets);
const services = Object.entries(compose.services);
const { prometheus, alertmanager, loki, jaeger, grafana, postgres, redis } = compose.services as Required<
  typeof compose.services
>;
const api = compose.services['memory-api']!;

/** It does its work once and ends. */
const endsByItself = 'memory-api-seed';
const staying = services.filter(([name]) => name !== endsByItself);

describe('docker-compose.yml', () => {
  it('is good by the schema that docker compose reads it with', () => {
    const schema = JSON.parse(readFileSync(`${root}deploy/compose/compose-spec.json`, 'utf8'));
    const validate = new Ajv2020({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
    validate(compose);
    expect(validate.errors).toBeNull();
  });

  it.each(Object.keys(secrets))('says what to do when %s is not set', (name) => {
    const without = { ...secrets, [name]: '' };
    expect(() => readCompose(without)).toThrow(`${name} is not set. Copy .env.example to .env`);
  });

  it('refuses the example as it is copied: passwords are chosen by whoever starts it', () => {
    const example = readEnvFile('.env.example');
    expect(required().filter((name) => example[name] !== '')).toEqual([]);
    expect(() => readCompose(example)).toThrow('is not set. Copy .env.example to .env and choose one');
    const chosen = Object.fromEntries(required().map((name) => [name, 'chosen']));
    expect(Object.keys(readCompose({ ...example, ...chosen }).services)).toEqual(
      Object.keys(compose.services),
    );
  });

  it.each(['README.md', 'docs/observability.md', 'docker-compose.yml'])(
    '%s says so before it starts it',
    (path) => {
      const text = readFileSync(root + path, 'utf8');
      const [line] = /^.*cp \.env\.example \.env.*$/m.exec(text)!;
      expect(required()).toHaveLength(2);
      expect(line).toMatch(/cp \.env\.example \.env +# then choose two passwords in it/);
      expect(text.slice(text.indexOf(line))).toMatch(/^.*\n[# ]*docker compose up --build/);
    },
  );

  it.each(services)('%s: a pinned version, no root, a limit', (_, { image, user, mem_limit }) => {
    expect(image).toMatch(/:v?\d+\.\d+\.\d+(-pg\d+)?$/);
    expect(user).toMatch(/^[1-9]\d*:\d+$/);
    expect(mem_limit).toMatch(/^\d+[mg]$/);
  });

  it.each(services)('%s: what it publishes is on 127.0.0.1 alone', (_, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it.each(services)('%s: is not process 1 itself', (_, { init }) => {
    expect(init).toBe(true);
  });

  it.each(staying)('%s: has a health check and comes back', (_, { healthcheck, restart }) => {
    expect(healthcheck?.test?.[0]).toBe('CMD');
    expect(restart).toBe('unless-stopped');
  });

  it.each(services)('%s: waits for the health of what it needs', (_, { depends_on = {} }) => {
    for (const [name, { condition }] of Object.entries(depends_on))
      expect(condition).toBe(name === endsByItself ? 'service_completed_successfully' : 'service_healthy');
  });

  it.each(services)('%s: what it waits for starts with it', (_, { profiles = [], depends_on = {} }) => {
    for (const name of Object.keys(depends_on))
      expect([undefined, profiles]).toContainEqual(compose.services[name]!.profiles);
  });

  it.each(services)('%s: every file that is mounted exists, and cannot be written', (_, { volumes = [] }) => {
    for (const volume of volumes) {
      const [from = '', , mode] = volume.split(':');
      if (!from.startsWith('./')) expect(Object.keys(compose.volumes)).toContain(from);
      else expect([from, existsSync(root + from), mode]).toEqual([from, true, 'ro']);
    }
  });

  it('keeps in a volume of its own what every service has to keep', () => {
    const keeping = services.filter(([, { volumes = [] }]) => volumes.some((it) => !it.startsWith('./')));
    const others = services.map(([name]) => name).filter((name) => !keeping.some(([it]) => it === name));
    expect(others).toEqual([
      // They keep what they know in PostgreSQL.
      ...['memory-api-seed', 'memory-api', 'visitor'],
      // It has traces in memory: to keep them it would need a folder that is its user's, and a new volume is root's.
      'jaeger',
    ]);
    expect(
      keeping.flatMap(([name, { volumes = [] }]) => volumes.map((it) => [name, it.split(':')[0]])),
    ).toEqual(expect.arrayContaining(Object.keys(compose.volumes).map((name) => [name, name])));
    const { memory } = parse(readFileSync(`${root}deploy/jaeger/jaeger.yml`, 'utf8'));
    expect(memory).toEqual({ 'max-traces': 20_000 });
  });

  it('starts PostgreSQL and Redis alone without a profile, and everything with those of .env.example', () => {
    const profiles = readEnvFile('.env.example').COMPOSE_PROFILES!.split(',');
    const starts = (active: string[]) =>
      services.filter(([, it]) => !it.profiles || it.profiles.some((name) => active.includes(name)));
    expect(starts([]).map(([name]) => name)).toEqual(['postgres', 'redis']);
    expect(starts(profiles)).toHaveLength(services.length);
  });

  it('has in .env.example what it reads of the environment, with the defaults', () => {
    const example = readFileSync(`${root}.env.example`, 'utf8');
    const told = Object.fromEntries(
      [...example.matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    const file = readFileSync(`${root}docker-compose.yml`, 'utf8');
    const read = [...file.matchAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g)];
    const expected = Object.fromEntries(read.map(([, name, kind, rest]) => [name, kind === '-' ? rest : '']));
    expect(told).toEqual({ ...expected, COMPOSE_PROFILES: 'api,observability' });
  });
});

describe('it starts what `ordeal up` starts', () => {
  it.each([
    ['grafana', grafana, 'grafana'],
    ['memory-api', api, 'target'],
    ['memory-api', api, 'metrics'],
    ['prometheus', prometheus, 'prometheus'],
    ['alertmanager', alertmanager, 'alertmanager'],
    ['loki', loki, 'loki'],
    ['jaeger', jaeger, 'jaeger'],
    ['jaeger', jaeger, 'otlp'],
  ] as const)('%s at the same port', (_, service, port) => {
    expect(service!.ports).toContain(`127.0.0.1:${defaultPorts[port]}:${defaultPorts[port]}`);
  });

  it('the same images', () => {
    expect(jaeger!.image).toBe(defaultImages.jaeger);
    const images = { prometheus, alertmanager, loki, grafana };
    for (const [name, image] of Object.entries(observabilityImages))
      expect(images[name as keyof typeof images]!.image).toBe(image);
  });

  it('with the same flags', () => {
    expect(prometheus!.command).toEqual(expect.arrayContaining([...prometheusFlags]));
    expect(alertmanager!.command).toEqual(expect.arrayContaining([...alertmanagerFlags]));
    expect(loki!.command).toEqual(expect.arrayContaining([...lokiFlags]));
  });

  it.each([
    ['prometheus', prometheus, '--config.file=', './deploy/prometheus:/etc/prometheus', '/prometheus.yml'],
    [
      'alertmanager',
      alertmanager,
      '--config.file=',
      './deploy/alertmanager/alertmanager.yml:/etc/alertmanager/alertmanager.yml',
      '',
    ],
    ['loki', loki, '-config.file=', './deploy/loki/loki.yml:/etc/loki/loki.yml', ''],
    ['jaeger', jaeger, '--config-file=', './deploy/jaeger:/etc/jaeger', '/jaeger.yml'],
    ['jaeger', jaeger, '--query.ui-config=', './deploy/jaeger:/etc/jaeger', '/ui.json'],
  ])('%s reads the file in deploy/', (_, service, flag, mount, below) => {
    const [from, to] = mount.split(':');
    expect(service!.command).toContain(`${flag}${to}${below}`);
    expect(service!.volumes).toContain(`${mount}:ro`);
    expect(existsSync(`${root}${from}${below}`)).toBe(true);
  });

  it('Loki finds its rules under the name of its tenant', () => {
    expect(loki!.volumes).toContain(`./deploy/loki/rules/ordeal:/etc/loki/rules/${lokiTenant}:ro`);
  });
});

describe('the addresses in the configuration are those of the services', () => {
  it.each(['memory-api', 'prometheus', 'alertmanager', 'loki'])('Prometheus finds %s', (name) => {
    const [{ targets }] = parse(readFileSync(`${root}deploy/prometheus/targets/${name}.yml`, 'utf8'));
    const [host, port] = targets[0].split(':');
    expect(Object.keys(compose.services)).toContain(host);
    const published = compose.services[host]!.ports!.map((it) => it.split(':')[2]);
    expect(published).toContain(port);
  });

  it('Grafana finds its sources', () => {
    const file = readFileSync(`${root}deploy/grafana/provisioning/datasources/datasources.yml`, 'utf8');
    const { datasources } = parse(file) as { datasources: { uid: string; url: string }[] };
    const found = datasources.map(({ uid, url }) => [uid, grafana!.environment![url.slice(1)]]);
    expect(found).toEqual([
      ['prometheus', `http://prometheus:${defaultPorts.prometheus}`],
      ['loki', `http://loki:${defaultPorts.loki}`],
      ['jaeger', `http://jaeger:${defaultPorts.jaeger}`],
      ['alertmanager', `http://alertmanager:${defaultPorts.alertmanager}`],
    ]);
  });

  it('Loki finds Alertmanager', () => {
    const file = readFileSync(`${root}deploy/loki/loki.yml`, 'utf8');
    expect(file).toContain(`LOKI_ALERTMANAGER:-http://alertmanager:${defaultPorts.alertmanager}}`);
  });

  it('Grafana opens with a dashboard that is there', () => {
    const ini = readFileSync(`${root}deploy/grafana/grafana.ini`, 'utf8');
    const [, home] = /^default_home_dashboard_path = \$__env\{ORDEAL_DASHBOARDS\}(.*)$/m.exec(ini)!;
    expect(existsSync(`${root}grafana/dashboards${home}`)).toBe(true);
    expect(grafana!.volumes).toContain(`./grafana/dashboards:${grafana!.environment!.ORDEAL_DASHBOARDS}:ro`);
  });
});

describe('the memory API', () => {
  const settings = { ...readEnvFile(api.env_file![0]!), ...api.environment };

  it('understands its settings', () => {
    expect(readConfig(settings)).toMatchObject({ host: '0.0.0.0', port: defaultPorts.target });
  });

  it('finds PostgreSQL and Redis, and tells Jaeger and Loki', () => {
    const { user, password, hostname, pathname } = urlParts(settings.DATABASE_URL!);
    expect([hostname, user, pathname]).toEqual([
      'postgres',
      postgres!.environment!.POSTGRES_USER,
      `/${postgres!.environment!.POSTGRES_DB}`,
    ]);
    expect(password).toBe(secrets.POSTGRES_PASSWORD);
    expect(redis!.ports).toContain('127.0.0.1:6379:6379');
    expect(settings.REDIS_URL).toBe('redis://redis:6379');
    expect(settings.OTEL_EXPORTER_OTLP_ENDPOINT).toBe(`http://jaeger:${defaultPorts.otlp}`);
    expect(settings.ORDEAL_LOKI_URL).toBe(`http://loki:${defaultPorts.loki}`);
  });

  it('keeps what was changed in it when it is started again', () => {
    expect(compose.services['memory-api-seed']!.command).toEqual(['node', 'seed.ts', '--if-empty']);
  });

  it('is called what its job is called', () => {
    expect(settings.OTEL_SERVICE_NAME).toBe('memory-api');
    expect(settings.OTEL_METRICS_EXPORTER).toContain('prometheus');
  });
});

describe('the visitor', () => {
  const visitor = compose.services.visitor!;
  const script = 'deploy/memory-api/visitor.ts';

  it('asks the memory API, starts with it, and is made of its image', () => {
    expect(visitor.profiles).toEqual(api.profiles);
    expect(visitor.image).toBe(api.image);
    expect(visitor.environment!.SERVICE_URL).toBe(`http://memory-api:${defaultPorts.target}`);
    expect(visitor.environment!.DATABASE_URL).toBe(api.environment!.DATABASE_URL);
    expect(visitor.depends_on).toHaveProperty('memory-api');
  });

  it('is a script that is there, where it finds the memory API beside it', () => {
    const { WORKDIR: workingFolder } = instructionsOf('deploy/images/memory-api/Dockerfile');
    expect(workingFolder).toBe('/srv/examples/memory-api');
    expect(visitor.command).toEqual(['node', `/srv/${script}`]);
    expect(visitor.volumes).toEqual(['./deploy/memory-api:/srv/deploy/memory-api:ro']);
    expect(existsSync(root + script)).toBe(true);
  });

  it('is well while it is answered', () => {
    expect(visitor.healthcheck!.test!.at(-1)).toContain(`'${visitor.environment!.ANSWERED_FILE}'`);
  });
});

describe('nothing is watched that is none of the service', () => {
  it('health checks run without the preload', () => {
    expect(api.healthcheck!.test!.slice(0, 4)).toEqual(['CMD', 'env', '--unset=NODE_OPTIONS', 'node']);
  });

  it('nor do the seed and the visitor', () => {
    expect(compose.services['memory-api-seed']!.environment!.OTEL_SDK_DISABLED).toBe('true');
    expect(compose.services.visitor!.environment!.NODE_OPTIONS).toBe('');
  });
});

/** Variables without which docker compose refuses. */
function required(): string[] {
  const file = readFileSync(`${root}docker-compose.yml`, 'utf8');
  return [...new Set([...file.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name!))];
}

/** The last of each instruction of a Dockerfile. */
function instructionsOf(path: string): Record<string, string> {
  const lines = readFileSync(root + path, 'utf8').matchAll(/^([A-Z]+) (.+)$/gm);
  return Object.fromEntries([...lines].map(([, name, rest]) => [name!, rest!]));
}

function urlParts(address: string) {
  const { username: user, password, hostname, pathname } = new URL(address);
  return { user, password, hostname, pathname };
}
