import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Patience } from './patience.ts';
import type { Answer } from './post.ts';

const mostBytes = 4096;
const endOfHead = '\r\n\r\n';
/** Each takes a little more than it counts, which adds up. */
const pollMs = 5;
const noBody = Buffer.alloc(0);

/**
 * The answer to `sent`, with its body when that came along (of one that Node has begun to read, the status alone), read
 * from its connection where nothing asynchronous happens any more; blocks as long as `patience` has it, at most. Undefined
 * when it was not written whole, when nothing comes, and for TLS: whether it arrived is then not known.
 */
export function lateAnswer(sent: ClientRequest, patience: Patience): Answer | undefined {
  if (sent.destroyed || !sent.writableFinished) return undefined;
  const { res } = sent as { res?: IncomingMessage | null };
  if (res?.statusCode) return { status: res.statusCode, headers: res.headers, body: noBody };
  const fd = descriptorOf(sent.socket);
  if (fd === undefined) return undefined;
  return answerIn(readBeginning(fd, patience));
}

/** Of a connection that carries HTTP as it is, on systems that have descriptors. */
function descriptorOf(socket: Socket | null): number | undefined {
  if (!socket || socket.destroyed || 'encrypted' in socket) return undefined;
  const { _handle: handle } = socket as Socket & { _handle?: { fd?: number } | null };
  return handle?.fd !== undefined && handle.fd > 2 ? handle.fd : undefined;
}

/** Node's sockets never block: an answer that is not there yet is EAGAIN. */
function readBeginning(fd: number, patience: Patience): Buffer {
  const { readSync } = process.getBuiltinModule('node:fs');
  const bytes = Buffer.alloc(mostBytes);
  for (;;) {
    try {
      return bytes.subarray(0, readSync(fd, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || !patience.wait(pollMs)) return noBody;
    }
  }
}

/**
 * https://www.rfc-editor.org/rfc/rfc9112#section-4; 1xx announces the answer. The body, which may say that some of it was
 * not accepted, counts when it came whole with the head and as it is.
 */
function answerIn(bytes: Buffer): Answer | undefined {
  const text = bytes.toString('latin1');
  const [, status] = /^HTTP\/1\.[01] ([2-5]\d\d)[ \r]/.exec(text) ?? [];
  if (status === undefined) return undefined;
  const head = text.slice(0, text.indexOf(endOfHead) + 2);
  const field = (name: string) => new RegExp(`\r\n${name}: *([^\r]*)\r\n`, 'i').exec(head)?.[1];
  const body = bytes.subarray(head.length + 2);
  const whole = body.length > 0 && Number(field('content-length')) === body.length;
  const type = field('content-type');
  return {
    status: Number(status),
    headers: type === undefined ? {} : { 'content-type': type },
    body: whole ? body : noBody,
  };
}
