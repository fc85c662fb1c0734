import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

/** `clean503`: JSON, with a `Retry-After` in seconds. */
export type Outcome = 'good' | 'clean503' | 'other503' | 'other' | 'errors';

export function createClient(url: string): () => Promise<Outcome> {
  const agent = new Agent({ keepAlive: true });
  return async () => {
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        get(url, { agent }, resolve).once('error', reject);
      });
      return judge(response, await text(response));
    } catch {
      return 'errors';
    }
  };
}

function judge({ statusCode, headers }: IncomingMessage, body: string): Outcome {
  if (statusCode === 200) return body === '' ? 'other' : 'good';
  if (statusCode !== 503) return 'other';
  return isObject(body) && Number(headers['retry-after']) > 0 ? 'clean503' : 'other503';
}

function isObject(body: string): boolean {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
