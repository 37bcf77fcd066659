import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { defaultGuardOptions, type GuardOptions } from '../resilience/call-guard.ts';

export interface EmbeddingsRequest {
  model: string;
  input: string[];
  dimensions?: number;
}

/** Answers one request, as a provider that works or as one that does not. */
export type Behaviour = (response: ServerResponse, asked: EmbeddingsRequest) => void;

/** A provider on a free port of 127.0.0.1, gone when disposed. */
export interface TestProvider extends AsyncDisposable {
  readonly baseUrl: string;
  /** What was asked until now. */
  readonly asked: readonly EmbeddingsRequest[];
  readonly headers: readonly IncomingMessage['headers'][];
  behaves(behaviour: Behaviour): void;
}

export async function startProvider(first: Behaviour = embeds): Promise<TestProvider> {
  let behaviour = first;
  const asked: EmbeddingsRequest[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const server = createServer(async (request, response) => {
    const body: EmbeddingsRequest = JSON.parse(await text(request));
    asked.push(body);
    headers.push(request.headers);
    behaviour(response, body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    headers,
    behaves: (next) => {
      behaviour = next;
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The length of the text, then zeros. */
export function vectorOf(content: string, dimensions = 4): number[] {
  return [content.length, ...new Array<number>(dimensions - 1).fill(0)];
}

/** Last text first: the order says nothing, the index does. */
export const embeds: Behaviour = (response, { input, dimensions }) => {
  const data = input.map((content, index) => ({ index, embedding: vectorOf(content, dimensions) }));
  response.end(JSON.stringify({ object: 'list', data: data.reverse() }));
};

export const says =
  (status: number, body: string | object = '', headers: Record<string, string> = {}): Behaviour =>
  (response) =>
    void response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));

export const blackHole: Behaviour = () => {};

/** Pauses and limits that a test can wait for. */
export const quickGuard: GuardOptions = {
  ...defaultGuardOptions,
  deadlineMs: 60_000,
  tryTimeoutMs: 60_000,
  retry: { ...defaultGuardOptions.retry, basePauseMs: 2 },
};
