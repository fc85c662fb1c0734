import { adviceFor } from './advice.js';
import type { ExitExplanation } from './exit-explanation.js';
import type { ExitFacts } from './exit-facts.js';
import { describeStatus } from './exit-status.js';
import { formatExit } from './exit-text.js';
import { findCause, UNKNOWN } from './find-cause.js';
import { type KnownFacts, readFacts } from './known-facts.js';
import { MEMORY_CAUSES, type Verdict } from './verdict.js';

/**
 * Tells why a child process or thread died, from its exit code, its signal and whatever else is known, and what to change.
 * Says `proven` only of what V8, the kernel or you have said; a death that looks like one for want of memory, and is not
 * known to be, is not called so. Reads nothing and never throws, whatever it is given.
 *
 * @example
 * ```ts
 * child.on('close', (code, signal) => logger.error(explainExit({ code, signal, stderr }).text));
 * ```
 * @param facts what is known; the more of it, the surer the answer
 * @publicApi
 */
export function explainExit(facts: ExitFacts): ExitExplanation {
  try {
    const known = readFacts(facts);
    return explain(findCause(known), known);
  } catch {
    return explain(UNKNOWN, readFacts({ code: null, signal: null }));
  }
}

function explain(verdict: Verdict, facts: KnownFacts): ExitExplanation {
  const { code, signal, shellStatus } = facts.status;
  const { cause, certainty, what } = verdict;
  const summary = describeEnd(verdict, facts, what);
  const advice = adviceFor(verdict, facts);
  const text = formatExit(summary, verdict, facts, advice);
  return {
    cause,
    certainty,
    isMemory: MEMORY_CAUSES.has(cause),
    code,
    signal,
    shellStatus,
    summary,
    advice,
    text,
  };
}

/** The exit code, or the signal, for whoever looks for it. */
function describeEnd({ cause }: Verdict, { status, error }: KnownFacts, what: string): string {
  const end = cause === 'thread-out-of-memory' ? error?.code : describeStatus(status);
  return end === undefined || cause === 'exited' ? what : `${what} (${end})`;
}
