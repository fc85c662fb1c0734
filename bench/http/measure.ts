import { startChild } from '../support/child.js';
import { load, type Load } from './load.js';
import type { Setup } from './setup.js';

export interface Measurement extends Load {
  /** CPU time of the server per request: what noise from other processes moves least. */
  readonly cpuMicrosPerRequest: number;
}

/** One contestant, once: in processes of their own that end with it. */
export async function measure(setup: Setup, isQuick: boolean): Promise<Measurement> {
  const app = await startChild<{ url: string }>(new URL('./server-process.js', import.meta.url), setup);
  await load(app.ready.url, 1);
  await app.ask<number>('takeCpuMicros');
  const measured = await load(app.ready.url, isQuick ? 2 : 3);
  const cpuMicros = await app.ask<number>('takeCpuMicros');
  await app.stop();
  return { ...measured, cpuMicrosPerRequest: cpuMicros / measured.requests };
}
