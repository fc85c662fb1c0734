/** An app with one worker, whose job dies. */
import { Queue, type Worker } from 'bullmq';

import { readSetup, serveParent } from '../support/serve-parent.js';
import type { JobEnd, Setup } from './setup.js';
import { START } from './workers.js';

const setup = readSetup() as Setup;
const { worker, close } = await START[setup.contestant](setup);
const queue = new Queue(setup.queue, { connection: { host: '127.0.0.1', port: setup.redisPort } });
await Promise.all([worker.waitUntilReady(), queue.waitUntilReady()]);

async function run(): Promise<JobEnd> {
  const end = endOf(worker);
  await queue.add(setup.death.name, {});
  return end;
}

async function endOf(of: Worker): Promise<JobEnd> {
  return new Promise((resolve) => {
    of.once('completed', ({ returnvalue }) => {
      resolve({ state: 'completed', text: JSON.stringify(returnvalue) });
    });
    of.once('failed', (_job, { message }) => resolve({ state: 'failed', text: message }));
  });
}

serveParent({}, { run, close });
