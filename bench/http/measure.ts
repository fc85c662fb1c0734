import { type Child, startChild } from '../support/child.js';
import type { Results } from '../support/contest.js';
import { lapsInTurn, rotated } from '../support/laps.js';
import { CPU, pin } from '../support/pin.js';
import { progress } from '../support/progress.js';
import { type Contestant, CONTESTANTS_ON, type Platform } from './contestants.js';
import { load, type Load } from './load.js';

const WARM_UP_SECONDS = 2;
const LAP_SECONDS = 1;

export interface Lap extends Load {
  /** CPU time of the server per request: what noise from other processes moves least. */
  readonly cpuMicrosPerRequest: number;
}

interface WarmApp {
  readonly contestant: Contestant;
  readonly child: Child<{ url: string }>;
}

/**
 * Requests per second, in laps: all contestants are up and warm, and one after the other is asked for a second. Each
 * round has new processes: one is a little faster than another, for as long as it lives. Another one is the first to
 * start, too: it waits longest before its laps, and was slower by a fifth, whoever it was.
 */
export async function race(
  platform: Platform,
  rounds: number,
  laps: number,
): Promise<Results<Contestant, Lap>> {
  const contestants = CONTESTANTS_ON[platform];
  const results = Object.fromEntries(contestants.map((each) => [each, [] as Lap[]]));
  for (let round = 1; round <= rounds; round++) {
    progress(`/ping on ${platform}, round ${round} of ${rounds}`);
    const apps: WarmApp[] = [];
    for (const contestant of rotated(contestants, round)) apps.push(await startWarm(platform, contestant));
    await lapsInTurn(apps, laps, async (app) => {
      results[app.contestant]!.push(await runLap(app));
    });
    for (const { child } of apps) await child.stop();
  }
  return results as Record<Contestant, Lap[]>;
}

async function startWarm(platform: Platform, contestant: Contestant): Promise<WarmApp> {
  const setup = { platform, contestant };
  const child: WarmApp['child'] = await startChild(new URL('./server-process.js', import.meta.url), setup);
  pin(child.pid, CPU.server);
  await load(child.ready.url, WARM_UP_SECONDS);
  return { contestant, child };
}

async function runLap({ child }: WarmApp): Promise<Lap> {
  await child.ask<number>('takeCpuMicros');
  const measured = await load(child.ready.url, LAP_SECONDS);
  const cpuMicros = await child.ask<number>('takeCpuMicros');
  return { ...measured, cpuMicrosPerRequest: cpuMicros / measured.requests };
}
