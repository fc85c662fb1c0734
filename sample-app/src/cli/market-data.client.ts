import { setTimeout as delay } from 'node:timers/promises';
import type { BatchProgress } from '../batches/batch-progress.js';

export class MarketDataClient {
  constructor(
    private readonly origin: string,
    /** Called when the service refuses a request to protect itself; the request is sent again after the wait. */
    private readonly onRefused: (seconds: number) => void,
  ) {}

  async startBatch(): Promise<string> {
    const { id } = await this.request<{ id: string }>('POST', '/batches');
    return id;
  }

  async progress(id: string): Promise<BatchProgress> {
    return this.request<BatchProgress>('GET', `/batches/${id}`);
  }

  private async request<T>(method: string, path: string): Promise<T> {
    for (;;) {
      const response = await this.send(method, path);
      if (response.ok) return JSON.parse(await response.text());
      if (response.status !== 503) {
        throw new Error(`${method} ${path} was answered with ${response.status}: ${await response.text()}`);
      }
      const seconds = Number(response.headers.get('retry-after') ?? 1);
      await response.body?.cancel();
      this.onRefused(seconds);
      await delay(seconds * 1000);
    }
  }

  private async send(method: string, path: string): Promise<Response> {
    try {
      return await fetch(new URL(path, this.origin), { method });
    } catch (error) {
      throw new Error(
        `Nobody answers on ${this.origin}. Start the app with "npm start" in another terminal, or set PORT to its port.`,
        {
          cause: error,
        },
      );
    }
  }
}
