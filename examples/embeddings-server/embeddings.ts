import { HashingEmbedder } from '../memory-api/embedder.ts';
import { ApiError } from './api-error.ts';
import { largestDimensions } from './settings.ts';

/** As many as OpenAI takes. */
const mostTexts = 2048;

interface EmbeddingsRequest {
  model: string;
  input: readonly string[];
  dimensions: number;
  /** `base64`: 4-byte floats, little-endian. */
  format: 'float' | 'base64';
}

/** What `POST /v1/embeddings` answers. @throws ApiError when the request is not right */
export async function createEmbeddings(body: unknown, defaultDimensions: number) {
  const { model, input, dimensions, format } = parseRequest(body, defaultDimensions);
  const embedder = new HashingEmbedder(dimensions);
  const embeddings = await Promise.all(input.map((text) => embedder.embed(text)));
  const tokens = input.reduce((sum, text) => sum + countTokens(text), 0);
  return {
    object: 'list',
    data: embeddings.map((embedding, index) => ({
      object: 'embedding',
      index,
      embedding: format === 'base64' ? toBase64(embedding) : embedding,
    })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function parseRequest(body: unknown, defaultDimensions: number): EmbeddingsRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw wrong('body', 'a JSON object');
  const {
    model,
    input,
    dimensions = defaultDimensions,
    encoding_format: format = 'float',
  } = body as Record<string, unknown>;
  if (!isText(model)) throw wrong('model', 'a text that is not empty');
  const texts = typeof input === 'string' ? [input] : input;
  if (!Array.isArray(texts) || !texts.every(isText))
    throw wrong('input', 'a text that is not empty, or a list of such');
  if (texts.length < 1 || texts.length > mostTexts) throw wrong('input', `1 to ${mostTexts} texts`);
  if (!isDimensions(dimensions)) throw wrong('dimensions', `an integer from 1 to ${largestDimensions}`);
  if (format !== 'float' && format !== 'base64') throw wrong('encoding_format', '"float" or "base64"');
  return { model, input: texts, dimensions, format };
}

function wrong(param: string, expected: string): ApiError {
  return new ApiError({ status: 400, message: `${param}: expected ${expected}`, param });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isDimensions(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= largestDimensions;
}

/** Words, for want of a tokenizer. */
function countTokens(text: string): number {
  return text.split(/\s+/).filter(Boolean).length;
}

function toBase64(embedding: readonly number[]): string {
  const bytes = Buffer.alloc(embedding.length * 4);
  for (const [at, value] of embedding.entries()) bytes.writeFloatLE(value, at * 4);
  return bytes.toString('base64');
}
