import type { Embedder } from '../embedder.ts';
import { NetworkError } from '../errors.ts';
import { CallGuard, type GuardListener, type GuardOptions } from '../resilience/call-guard.ts';
import type { Deadline } from '../resilience/deadline.ts';
import { longestAnswerBytes, parseAnswer, readAnswer } from './answer.ts';
import { ProviderError, provider, refusal } from './provider-error.ts';

/** An embedder that takes many texts at once, and the time of whoever asks. */
export interface BatchEmbedder extends Embedder {
  embed(text: string, within?: Deadline): Promise<number[]>;
  /** In the order of the texts. */
  embedAll(texts: readonly string[], within?: Deadline): Promise<number[][]>;
}

export interface HttpEmbedderOptions {
  /** With the version: `/embeddings` is added to it. Holds no user and no password. */
  baseUrl: string;
  model: string;
  /** Of every embedding; one with others is refused. */
  dimensions: number;
  /** Whether to ask for these dimensions; models with just one size know no such setting. */
  askForDimensions: boolean;
  /** Sent as `Authorization: Bearer`; none when undefined. */
  apiKey: string | undefined;
  /** How many texts go into one request. */
  batchSize: number;
  guard: GuardOptions;
}

export const defaultHttpEmbedderOptions = { askForDimensions: true, apiKey: undefined, batchSize: 64 };

/** Embeddings over HTTP in the format of OpenAI (https://platform.openai.com/docs/api-reference/embeddings/create). */
export class HttpEmbedder implements BatchEmbedder {
  readonly model: string;
  readonly dimensions: number;
  readonly #options: HttpEmbedderOptions;
  readonly #url: URL;
  readonly #headers: Headers;
  readonly #guard: CallGuard;

  /** @throws TypeError when the address or the key cannot be used; the message holds neither */
  constructor(options: HttpEmbedderOptions, listener: GuardListener = {}) {
    this.model = options.model;
    this.dimensions = options.dimensions;
    this.#options = options;
    this.#url = endpointOf(options.baseUrl);
    this.#headers = headersWith(options.apiKey);
    this.#guard = new CallGuard(provider, options.guard, listener);
  }

  /** Of the breaker. */
  get state() {
    return this.#guard.state;
  }

  /** @throws as `embedAll` */
  async embed(text: string, within?: Deadline): Promise<number[]> {
    const [embedding] = await this.embedAll([text], within);
    return embedding!;
  }

  /** @throws ProviderError, an ExternalError; NetworkError; CircuitBreakerOpenError; the reason of `within` */
  async embedAll(texts: readonly string[], within?: Deadline): Promise<number[][]> {
    const embeddings: number[][] = [];
    for (let at = 0; at < texts.length; at += this.#options.batchSize) {
      const batch = texts.slice(at, at + this.#options.batchSize);
      embeddings.push(...(await this.#guard.run((signal) => this.#ask(batch, signal), within)));
    }
    return embeddings;
  }

  async #ask(input: readonly string[], signal: AbortSignal): Promise<number[][]> {
    const { model, dimensions } = this;
    const asked = this.#options.askForDimensions ? { dimensions } : {};
    const text = await this.#post(
      JSON.stringify({ model, input, encoding_format: 'float', ...asked }),
      longestAnswerBytes(input.length, dimensions),
      signal,
    );
    return parseAnswer(text, input.length, dimensions);
  }

  async #post(body: string, limitBytes: number, signal: AbortSignal): Promise<string> {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: this.#headers,
        body,
        signal,
        // A key must not follow to another address.
        redirect: 'manual',
      });
      if (response.status === 200) return await readAnswer(response.body ?? noBody(), limitBytes);
      // Without this the connection stays in use until the answer is collected as garbage.
      await response.body?.cancel();
      throw refusal(response.status, response.headers.get('retry-after'), Date.now());
    } catch (cause) {
      if (cause instanceof ProviderError) throw cause;
      throw new NetworkError(provider, { cause });
    }
  }
}

async function* noBody(): AsyncGenerator<Uint8Array> {}

function endpointOf(baseUrl: string): URL {
  const base = URL.parse(baseUrl);
  const usable = base && /^https?:$/.test(base.protocol) && base.username === '' && base.password === '';
  if (!usable)
    throw new TypeError(
      'the address of the embeddings provider: expected http(s)://<host>/<path>, without user',
    );
  base.pathname = `${base.pathname.replace(/\/+$/, '')}/embeddings`;
  return base;
}

function headersWith(apiKey: string | undefined): Headers {
  const headers = new Headers({ 'content-type': 'application/json', accept: 'application/json' });
  if (apiKey === undefined) return headers;
  // Headers would quote it.
  if (!/^[\x21-\x7e]+$/.test(apiKey))
    throw new TypeError(
      'the key of the embeddings provider: expected visible ASCII characters without spaces',
    );
  headers.set('authorization', `Bearer ${apiKey}`);
  return headers;
}
