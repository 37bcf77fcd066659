import { z } from 'zod';
import { embeddingProblems } from '../http/validators.ts';
import { ProviderError } from './provider-error.ts';

/** What is used of the answer (https://platform.openai.com/docs/api-reference/embeddings/object). */
const answerSchema = z.object({
  data: z.array(z.object({ index: z.number().int().min(0), embedding: z.array(z.number()) })),
});

/** A number as JSON has up to 24 characters, and some write each on a line of its own. */
const bytesPerNumber = 40;
const bytesAround = 64 * 1024;

/** What an answer with so many numbers may need at most. */
export function longestAnswerBytes(texts: number, dimensions: number): number {
  return bytesAround + texts * (dimensions * bytesPerNumber + 1024);
}

/**
 * The body as text, of which no more than `limitBytes` are ever held.
 *
 * @throws ProviderError when there is more; else what reading throws
 */
export async function readAnswer(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > limitBytes) throw wrong(`it answered with more than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The embeddings in the order of the texts.
 *
 * @throws ProviderError when it is no JSON (that may pass), or not one vector of numbers that fit 4 bytes for each text
 */
export function parseAnswer(text: string, texts: number, dimensions: number): number[][] {
  const { data } = parse(text);
  if (data.length !== texts) throw wrong(`it answered with ${data.length} embeddings to ${texts} texts`);
  const embeddings: number[][] = new Array(texts);
  for (const { index, embedding } of data) {
    if (index >= texts || embeddings[index])
      throw wrong(`it answered with the index ${index} twice or too high`);
    const [wrongAbout] = embeddingProblems('embedding', embedding, dimensions);
    if (wrongAbout) throw wrong(`it answered with ${wrongAbout.field}: ${wrongAbout.problem}`);
    embeddings[index] = embedding;
  }
  return embeddings;
}

function parse(text: string): z.infer<typeof answerSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The message of JSON.parse quotes what it could not read.
    const reason = 'it answered with what is not JSON';
    throw new ProviderError({ reason, retryable: true, countsAsFailure: true });
  }
  const parsed = answerSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw wrong(`it answered with what is not a list of embeddings: ${path.join('.')}: ${message}`);
}

/** It would answer so again, but it is not well. */
function wrong(reason: string): ProviderError {
  return new ProviderError({ reason, retryable: false, countsAsFailure: true });
}
