import { startChild } from '../support/child.js';
import type { Output, Setup } from './setup.js';

/** One contestant, one cell, once: in a process of its own. */
export async function measure(setup: Setup): Promise<Output> {
  const app = await startChild(new URL('./app-process.js', import.meta.url), setup);
  const output = await app.ask<Record<keyof Output, number | null>>('measure');
  await app.stop();
  // NaN becomes null on its way.
  const numbers = Object.entries(output).map(([key, value]) => [key, value ?? NaN]);
  return Object.fromEntries(numbers) as Output;
}
