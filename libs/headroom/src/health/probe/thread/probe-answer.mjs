// @ts-check

/**
 * What is known when a probe asks.
 *
 * @typedef {object} ProbeFacts
 * @property {number} ageMs since the event loop last turned, as far as it was seen
 * @property {number} blockedMs the same, and 0 while no sign of life is missing
 * @property {number} maxBlockMs
 * @property {string | undefined} notReadyBecause the last verdict of the main thread
 * @property {string | undefined} running what is on the stack, if known
 */

/**
 * @typedef {object} ProbeAnswer
 * @property {number} status
 * @property {Record<string, string | number>} body
 * @property {Record<string, string>} [headers]
 */

/**
 * @param {string | undefined} method
 * @param {string | undefined} url
 * @param {() => ProbeFacts} read
 * @returns {ProbeAnswer}
 */
export function answerProbe(method, url, read) {
  const path = url?.split('?', 1)[0];
  if (path !== '/live' && path !== '/ready')
    return { status: 404, body: { error: 'ask for /live or /ready' } };
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, body: { error: 'ask with GET or HEAD' }, headers: { allow: 'GET, HEAD' } };
  }
  return path === '/live' ? liveness(read()) : readiness(read());
}

/**
 * @param {ProbeFacts} facts
 * @returns {ProbeAnswer}
 */
function liveness({ blockedMs, maxBlockMs, running }) {
  const isUp = blockedMs <= maxBlockMs;
  return answer(isUp, { blockedMs: Math.round(blockedMs), maxBlockMs, ...by(blockedMs, running) });
}

/**
 * @param {ProbeFacts} facts
 * @returns {ProbeAnswer}
 */
function readiness({ ageMs, blockedMs, maxBlockMs, notReadyBecause, running }) {
  const reason = notReadyBecause ?? (blockedMs > maxBlockMs ? 'blocked' : undefined);
  return answer(reason === undefined, {
    ...(reason !== undefined && { reason }),
    verdictAgeMs: Math.round(ageMs),
    ...by(blockedMs, running),
  });
}

/**
 * @param {boolean} isUp
 * @param {Record<string, string | number>} facts
 * @returns {ProbeAnswer}
 */
function answer(isUp, facts) {
  return { status: isUp ? 200 : 503, body: { status: isUp ? 'up' : 'down', ...facts } };
}

/**
 * @param {number} blockedMs
 * @param {string | undefined} running
 */
function by(blockedMs, running) {
  return running !== undefined && blockedMs > 0 ? { by: running } : {};
}
