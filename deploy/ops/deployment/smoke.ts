import { randomUUID } from 'node:crypto';
import { type Checked, check } from '../kit/checks.ts';
import { askAny } from '../kit/http.ts';
import type { Addresses } from '../kit/settings.ts';

export interface SmokeOptions {
  user: string;
  expectVersion: string | undefined;
  signal: AbortSignal;
}

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: it is looked at to see what it is
  body: any;
}

/** Uses the service once in every way, and leaves nothing behind. */
export async function smoke(
  addresses: Addresses,
  { user, expectVersion, signal }: SmokeOptions,
): Promise<Checked[]> {
  const client = new Client(addresses);
  const id = randomUUID();
  const content = `written by verify-deployment at ${new Date().toISOString()}`;
  const memory = `/api/v1/memories/${id}`;
  const checked: Checked[] = [];
  const step = async (what: string, look: () => Promise<string>) => {
    signal.throwIfAborted();
    checked.push(await check(what, look));
  };
  await step('live', () => client.expect(200, 'GET', '/health/live').then(() => 'it answers'));
  await step('version', async () => {
    const { body } = await client.expect(200, 'GET', '/openapi.json');
    const { version } = body.info;
    if (expectVersion !== undefined && version !== expectVersion)
      throw new Error(`expected ${expectVersion}, got ${version}: is the old one still running?`);
    return version;
  });
  try {
    await step('create', async () => {
      await client.expect(201, 'POST', '/api/v1/memories', { id, user_id: user, kind: 'fact', content });
      return id;
    });
    await step('read', async () => {
      const { body } = await client.expect(200, 'GET', memory);
      if (body.data.content !== content)
        throw new Error(`expected what was written, got ${body.data.content}`);
      return 'what was written';
    });
    await step('list', async () => {
      const { body } = await client.expect(
        200,
        'GET',
        `/api/v1/memories?user_id=${encodeURIComponent(user)}`,
      );
      return holds(body.data, id);
    });
    await step('search', async () => {
      const asked = { user_id: user, query: content, limit: 20 };
      const { body } = await client.expect(200, 'POST', '/api/v1/memories/search', asked);
      return `${holds(body.data, id)}${body.degraded ? ', by words alone' : ''}`;
    });
    await step('update', async () => {
      await client.expect(200, 'PATCH', memory, { content: `${content}, changed` });
      const { body } = await client.expect(200, 'GET', memory);
      if (!body.data.content.endsWith(', changed'))
        throw new Error('expected the change, got what was before');
      return 'seen at once';
    });
  } finally {
    // Also when it is not known whether it was created.
    checked.push(await check('delete', () => remove(client, memory)));
  }
  return checked;
}

async function remove(client: Client, memory: string): Promise<string> {
  const { status } = await client.ask('DELETE', memory);
  if (status !== 204 && status !== 404) throw new Error(`expected 204, got ${status}: ${memory} may be left`);
  const gone = await client.ask('GET', memory);
  if (gone.status !== 404) throw new Error(`expected 404 after it, got ${gone.status}`);
  return status === 204 ? 'gone' : 'there was none';
}

function holds(data: readonly { id: string }[], id: string): string {
  if (!data.some((it) => it.id === id)) throw new Error(`expected ${id} among the ${data.length}, it is not`);
  return `found among ${data.length}`;
}

class Client {
  readonly #service: string;
  readonly #headers: Record<string, string>;

  constructor({ service, key }: Addresses) {
    this.#service = service;
    this.#headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  }

  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = { ...this.#headers, ...(body !== undefined && { 'content-type': 'application/json' }) };
    const { status, text } = await askAny(new URL(path, this.#service), {
      ...{ method, headers, body: body === undefined ? null : JSON.stringify(body) },
    });
    return { status, body: parse(text) };
  }

  /** @throws Error when the status is another */
  async expect(expected: number, method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.ask(method, path, body);
    if (answer.status === expected) return answer;
    const { error_code, message } = Object(answer.body?.error) as Record<string, string>;
    const next = answer.status === 401 || answer.status === 403 ? ': give a key for this user in KEY' : '';
    throw new Error(`expected ${expected}, got ${answer.status} ${error_code ?? ''} ${message ?? ''}${next}`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
