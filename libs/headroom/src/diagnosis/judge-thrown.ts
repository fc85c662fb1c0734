import { formatMb } from '../units/index.js';
import { type KnownFacts, oneLine } from './known-facts.js';
import type { Verdict } from './verdict.js';

const NO_BUFFER =
  /^(?:Uncaught )?\w*Error(?: \[\w+\])?: (?:Array buffer allocation failed|Failed to allocate memory)/;
const NO_BUFFER_CODE = 'ERR_MEMORY_ALLOCATION_FAILED';
const NO_WASM = /WebAssembly\b.*\bOut of memory/i;
/** Node exits with these after an error that nobody caught: 7 when its handler threw too. */
const EXIT_CODES: ReadonlySet<number> = new Set([1, 7]);

/** An error that ended it: what the parent was told goes before what was written on stderr. */
export function judgeThrown(facts: KnownFacts): Verdict | undefined {
  const { error, uncaught, status, memory } = facts;
  if (error?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    const limit = memory.heapCeilingBytes;
    return {
      cause: 'thread-out-of-memory',
      certainty: 'proven',
      what: `ran out of heap: the thread's limit${limit === undefined ? '' : ` of ${formatMb(limit)}`} was reached`,
      evidence: [error.thrown],
    };
  }
  if (error?.code === 'ERR_IPC_CHANNEL_CLOSED')
    return {
      cause: 'channel-closed',
      certainty: 'proven',
      what: 'had closed its channel',
      evidence: [error.thrown],
    };
  if (error) return judgeError(error.thrown, `threw ${error.thrown}, uncaught`, 'proven');
  if (!uncaught || status.code === null || status.code === 0) return undefined;
  const thrown = oneLine(uncaught.thrown);
  const what = uncaught.isRejection
    ? `rejected a promise with ${thrown}, unhandled`
    : `threw ${thrown}, uncaught`;
  return judgeError(thrown, what, uncaught.isLast && EXIT_CODES.has(status.code) ? 'proven' : 'likely');
}

function judgeError(thrown: string, what: string, certainty: Verdict['certainty']): Verdict {
  const evidence: string[] = [];
  if (NO_BUFFER.test(thrown) || thrown.includes(NO_BUFFER_CODE))
    return { cause: 'buffer-allocation', certainty, what: `could not allocate a buffer: ${what}`, evidence };
  if (NO_WASM.test(thrown))
    return {
      cause: 'address-space-limit',
      certainty: 'likely',
      what: `was refused memory by the system: ${what}`,
      evidence,
    };
  return { cause: 'uncaught-error', certainty, what, evidence };
}
