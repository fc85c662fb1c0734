import type { Contestant } from '../contestants.js';
import type { Setup } from '../setup.js';
import type { Runner } from './runner.js';

type Start = (setup: Setup) => Promise<Runner>;

const bullMq: Start = async (setup) => (await import('./bullmq.js')).runBullMq(setup);
const tasks: Start = async (setup) => (await import('./headroom.js')).runTasks(setup);

const STARTS: Readonly<Record<Contestant, Start>> = {
  'main-thread': bullMq,
  'bullmq-fork': bullMq,
  'bullmq-threads': bullMq,
  'headroom-jobs': async (setup) => (await import('./headroom-jobs.js')).runIsolatedJobs(setup),
  'headroom-warm': tasks,
  'headroom-cold': tasks,
  piscina: async (setup) => (await import('./piscina.js')).runPiscina(setup),
};

/** Imports what the contestant needs alone: to import Headroom is to wrap BullMQ's workers. */
export async function startRunner(setup: Setup): Promise<Runner> {
  return STARTS[setup.contestant](setup);
}
