import { deserialize, serialize } from 'node:v8';

/**
 * A value as bytes, by the structured clone algorithm: Maps, Dates, Buffers and cycles arrive as they are; functions
 * and class instances do not (instances become plain objects).
 *
 * @throws {TypeError} what it is that cannot be sent, or that it is too large
 */
export function toPayload(value: unknown, what: string, maxBytes = Infinity): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = serialize(value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(`${what} cannot be sent between processes: ${reason}`, { cause: error });
  }
  if (bytes.length > maxBytes) {
    throw new RangeError(
      `${what} is too large to be sent between processes: ${bytes.length} bytes, at most ${maxBytes} are allowed ` +
        `(isolation.maxPayload). Write it to a file or a store, and send where it is`,
    );
  }
  return bytes;
}

export function fromPayload(bytes: Uint8Array): unknown {
  return deserialize(bytes);
}
