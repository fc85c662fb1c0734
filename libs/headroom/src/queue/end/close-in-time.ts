import { setTimeout as wait } from 'node:timers/promises';

/** A backend that answers needs some milliseconds to close. */
export const CLOSE_WITHIN_MS = 5000;
/**
 * What is lost with the end of a job is more: it would run again. Most who stop a process give it half a minute, of which
 * the job had its share.
 */
const WRITE_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 50;

/** How long the end of a job may take to be written. After its lock has run out, another worker may have it. */
export function writeWithinMs(lockMs: number): number {
  return Math.max(CLOSE_WITHIN_MS, Math.min(lockMs, WRITE_WITHIN_MS));
}

/**
 * Whether a worker closes in time. Its connection may be lost: then BullMQ waits until it is back.
 *
 * @param patienceMs how long it may take from when it last was `Infinity`, which it is while jobs run
 */
export async function closedInTime(closing: Promise<void>, patienceMs: () => number): Promise<boolean> {
  const settled = new AbortController();
  try {
    return await Promise.race([closing.then(() => true), late(patienceMs, settled.signal)]);
  } finally {
    settled.abort();
  }
}

async function late(patienceMs: () => number, signal: AbortSignal): Promise<false> {
  let since = performance.now();
  while (!signal.aborted) {
    const now = performance.now();
    const ms = patienceMs();
    if (ms === Infinity) since = now;
    else if (now - since >= ms) break;
    await wait(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return false;
}
