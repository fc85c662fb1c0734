import { formatMb } from '../units/index.js';
import type { ExitCause } from './exit-explanation.js';
import type { ExitFacts } from './exit-facts.js';
import type { KnownFacts } from './known-facts.js';
import type { Verdict } from './verdict.js';

/** Ended by whoever started it: nobody else is to be looked for. */
export function judgePurpose(facts: KnownFacts): Verdict | undefined {
  if (facts.endedBy === undefined || !Object.hasOwn(CAUSES, facts.endedBy)) return undefined;
  const { cause, describe } = CAUSES[facts.endedBy];
  return { cause, certainty: 'proven', what: describe(facts), evidence: ['it was ended on purpose'] };
}

interface Purpose {
  readonly cause: ExitCause;
  readonly describe: (facts: KnownFacts) => string;
}

const CAUSES: Readonly<Record<NonNullable<ExitFacts['endedBy']>, Purpose>> = {
  timeout: {
    cause: 'timeout',
    describe: ({ timeoutMs }) =>
      `was ended: it was not done ${timeoutMs === undefined ? 'in time' : `within ${timeoutMs}ms`}`,
  },
  cancellation: { cause: 'cancelled', describe: () => 'was ended: it was cancelled' },
  shutdown: { cause: 'shutdown', describe: () => 'was ended: the app shuts down' },
  'memory-limit': {
    cause: 'memory-limit',
    describe: ({ memory: { lastRssBytes, peakRssBytes = lastRssBytes } }) =>
      `was ended: it took more memory than it was given${peakRssBytes === undefined ? '' : `, ${formatMb(peakRssBytes)}`}`,
  },
  'channel-closed': {
    cause: 'channel-closed',
    describe: () => 'was ended: it had closed its channel, so that it could not be talked to',
  },
};
