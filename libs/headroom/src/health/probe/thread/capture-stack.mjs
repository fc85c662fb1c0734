// @ts-check
import { setTimeout as wait } from 'node:timers/promises';

const PROFILE_MS = 300;
const SAMPLE_EVERY_US = 5000;
const MAX_FRAMES = 8;

/**
 * The stack on which the main thread spends its time, innermost first: the path with the most samples of a short CPU
 * profile. The main thread takes part at its next function call or loop turn, so it runs on all the time and is never
 * paused; in a native call it takes part when that has returned.
 *
 * @returns {Promise<string[]>}
 */
export async function captureStack() {
  // Not every Node is built with it.
  const { Session } = await import('node:inspector');
  const session = new Session();
  session.connectToMainThread();
  try {
    await ask(session, 'Profiler.enable');
    await ask(session, 'Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });
    await ask(session, 'Profiler.start');
    await wait(PROFILE_MS);
    const { profile } = /** @type {{ profile: import('node:inspector').Profiler.Profile }} */ (
      await ask(session, 'Profiler.stop')
    );
    return busiestStack(profile);
  } finally {
    session.disconnect();
  }
}

/**
 * @param {import('node:inspector').Session} session
 * @param {string} method
 * @param {object} [params]
 * @returns {Promise<unknown>}
 */
async function ask(session, method, params = {}) {
  return new Promise((resolve, reject) => {
    session.post(method, params, (error, result) => (error ? reject(error) : resolve(result)));
  });
}

/**
 * @param {Pick<import('node:inspector').Profiler.Profile, 'nodes'>} profile
 * @returns {string[]}
 */
export function busiestStack({ nodes }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  /** @type {(node: ProfileNode) => { hits: number, frames: ProfileNode[] }} */
  const walk = (node) => {
    const below = (node.children ?? []).flatMap((id) => byId.get(id) ?? []).map(walk);
    const hits = below.reduce((sum, child) => sum + child.hits, isCode(node) ? (node.hitCount ?? 0) : 0);
    const busiest = below.reduce((most, child) => (child.hits > most.hits ? child : most), NOTHING);
    return { hits, frames: isCode(node) ? [...busiest.frames, node] : busiest.frames };
  };
  const root = nodes[0];
  const { hits, frames } = root ? walk(root) : NOTHING;
  if (hits === 0) return [];
  const described = frames.map(describeFrame);
  return described.filter((frame, index) => frame !== described[index - 1]).slice(0, MAX_FRAMES);
}

/** @typedef {import('node:inspector').Profiler.ProfileNode} ProfileNode */

/** @type {{ hits: number, frames: ProfileNode[] }} */
const NOTHING = { hits: 0, frames: [] };

/** @param {ProfileNode} node */
function isCode({ callFrame }) {
  return !/^\((root|program|idle|garbage collector)\)$/.test(callFrame.functionName);
}

/** @param {ProfileNode} node */
function describeFrame({ callFrame: { functionName, url, lineNumber } }) {
  const name = functionName || '(anonymous)';
  return url === '' || lineNumber < 0 ? name : `${name} (${url.replace(/^file:\/\//, '')}:${lineNumber + 1})`;
}
