// @ts-check
/**
 * The thread that answers probes while the main thread is blocked. Plain JavaScript: a thread cannot load TypeScript on
 * Node 20, and this file is loaded from `src` and from `dist` alike.
 */
import { write } from 'node:fs';
import { createServer } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

import { answerProbe } from './probe-answer.mjs';
import { StallWatch } from './stall-watch.mjs';

/**
 * @typedef {object} ProbeThreadData
 * @property {SharedArrayBuffer} memory of the loop board
 * @property {{ beats: number, readiness: number, running: number }} slots
 * @property {readonly (string | undefined)[]} verdicts why not ready, by the code on the board
 * @property {number} port
 * @property {string | undefined} host
 * @property {number} beatMs between two turns that the main thread tells
 * @property {number} maxBlockMs
 * @property {boolean} captureProfile
 */

/** @typedef {{ name: string, id: number } | 'close'} ProbeThreadOrder */

const MAX_CONNECTIONS = 256;
const IDLE_MS = 2000;
const STDERR = 2;

/** @type {ProbeThreadData} */
const { memory, slots, verdicts, port, host, beatMs, maxBlockMs, captureProfile } = workerData;
const parent = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const board = new Int32Array(memory);
/** @type {Map<number, string>} */
const names = new Map();

/** @param {number} slot */
const read = (slot) => Atomics.load(board, slot);
const running = () => names.get(read(slots.running));
const watch = new StallWatch({
  beats: () => read(slots.beats),
  running,
  beatMs,
  maxBlockMs,
  captureProfile,
  ended: (block) => post({ block }),
  // The main thread cannot log: this may be all that is left of it. Whether anybody reads it is no matter of ours.
  passed: (line) => write(STDERR, `${line}\n`, () => undefined),
});

/** @returns {import('./probe-answer.mjs').ProbeFacts} */
function facts() {
  watch.look();
  const { ageMs, blockedMs } = watch;
  return {
    ageMs,
    blockedMs,
    maxBlockMs,
    notReadyBecause: verdicts[read(slots.readiness)],
    running: running(),
  };
}

const server = createServer(
  {
    maxHeaderSize: 8192,
    headersTimeout: IDLE_MS,
    requestTimeout: IDLE_MS,
    connectionsCheckingInterval: 5000,
    keepAlive: false,
  },
  (request, response) => {
    const { status, body, headers } = answerProbe(request.method, request.url, facts);
    const text = JSON.stringify(body);
    response.writeHead(status, {
      ...headers,
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      connection: 'close',
    });
    response.end(text);
  },
);
server.maxConnections = MAX_CONNECTIONS;
server.timeout = IDLE_MS;
/** @param {NodeJS.ErrnoException} error */
const fail = ({ code, message }) => {
  post({ failure: { code, message } });
  parent.close();
};
server.once('error', fail);

parent.on('message', (/** @type {ProbeThreadOrder} */ order) => {
  if (order === 'close') close();
  else names.set(order.id, order.name);
});

/** @type {NodeJS.Timeout} */
let ticking;
server.listen(port, host, () => {
  // From now on an error ends the thread, and it is started again.
  server.off('error', fail);
  ticking = setInterval(() => watch.look(), beatMs);
  post({ listening: server.address() });
});

function close() {
  clearInterval(ticking);
  server.close();
  server.closeAllConnections();
  parent.close();
}

/** @param {unknown} message */
function post(message) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parent.postMessage(message);
}
