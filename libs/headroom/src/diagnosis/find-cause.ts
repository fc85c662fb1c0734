import { judgeExit } from './judge-exit.js';
import { judgeFatalWords } from './judge-fatal-words.js';
import { judgePurpose } from './judge-purpose.js';
import { judgeSignal } from './judge-signal.js';
import { judgeStart } from './judge-start.js';
import { judgeThrown } from './judge-thrown.js';
import type { KnownFacts } from './known-facts.js';
import type { Verdict } from './verdict.js';

/** What somebody said himself goes before what is concluded. The first that knows says it. */
const RULES: readonly ((facts: KnownFacts) => Verdict | undefined)[] = [
  judgeFatalWords,
  judgePurpose,
  judgeStart,
  judgeSignal,
  judgeThrown,
  judgeExit,
];

export const UNKNOWN: Verdict = {
  cause: 'unknown',
  certainty: 'unknown',
  what: 'ended, and how is not known',
  evidence: [],
};

export function findCause(facts: KnownFacts): Verdict {
  for (const judge of RULES) {
    const verdict = judge(facts);
    if (verdict) return verdict;
  }
  return UNKNOWN;
}
