import { get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Bytes that came. Reads at `bytesPerSecond` at most, as a client behind a network would. */
export async function download(url: string, bytesPerSecond: number): Promise<number> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, resolve).once('error', reject);
  });
  const startedAt = performance.now();
  let bytes = 0;
  try {
    for await (const chunk of response) {
      bytes += (chunk as Buffer).length;
      const early = (bytes / bytesPerSecond) * 1000 - (performance.now() - startedAt);
      if (early > 0) await delay(early);
    }
  } catch {
    // The process was killed: what came until then is the result.
  }
  return response.statusCode === 200 ? bytes : 0;
}
