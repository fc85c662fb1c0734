import type { IncomingMessage } from 'node:http';

/** What is read of a raw request. */
export type RawRequest = Pick<IncomingMessage, 'headers' | 'httpVersionMajor'>;

/** A refused body up to this size is read to its end, though nobody wants it, so that the client sees the answer. */
const DRAINED_BYTES = 16 * 1024 ** 2;

/**
 * Whether the connection can be closed after the answer. A connection that is closed with a body unread is reset,
 * and the client may never see the answer: so one with a body stays open, and Node reads and drops the rest; unless
 * it is so large that dropping it would be work. HTTP/2 has no such header.
 */
export function canClose({ httpVersionMajor, headers }: RawRequest, isRefused: boolean): boolean {
  if (httpVersionMajor !== 1 || headers['transfer-encoding'] !== undefined) return false;
  const bodyBytes = Number(headers['content-length'] ?? 0);
  return bodyBytes === 0 || (isRefused && bodyBytes > DRAINED_BYTES);
}
