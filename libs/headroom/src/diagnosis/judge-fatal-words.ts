import { formatMb } from '../units/index.js';
import type { FatalWords } from './fatal-words.js';
import { type KnownFacts, oneLine } from './known-facts.js';
import type { Verdict } from './verdict.js';

/** How a process ends that ends itself for a fault. As PID 1 of a container it cannot abort: it faults (139). */
const ENDINGS: ReadonlySet<string> = new Set(['SIGABRT', 'SIGTRAP', 'SIGILL', 'SIGSEGV', 'SIGBUS']);
/** Below this share of its ceiling a heap is not full. */
const FULL_SHARE = 0.7;

/** What V8 said when it ended the process; words of that form before any other end are somebody else's. */
export function judgeFatalWords(facts: KnownFacts): Verdict | undefined {
  const { fatal, status } = facts;
  if (!fatal || status.signalBehind === undefined || !ENDINGS.has(status.signalBehind)) return undefined;
  const evidence = [`its last words: ${oneLine(fatal.line)}`, ...describeHeap(fatal)];
  const certainty = fatal.isLast ? 'proven' : 'likely';
  switch (fatal.kind) {
    case 'heap':
      return { cause: 'heap-limit', certainty, what: describeFullHeap(facts, fatal), evidence };
    case 'page':
      // V8 says "heap" also when the system gives it no page for a heap that is far from full.
      return isFull(facts, fatal)
        ? { cause: 'heap-limit', certainty, what: describeFullHeap(facts, fatal), evidence }
        : { cause: 'address-space-limit', certainty: 'likely', what: describeRefusal(facts), evidence };
    case 'refused':
      return { cause: 'address-space-limit', certainty, what: describeRefusal(facts), evidence };
    case 'size':
      return {
        cause: 'invalid-size',
        certainty,
        what: 'made an array, a Map or a Set that is larger than V8 allows, whatever memory there is',
        evidence,
      };
    case 'check':
      return { cause: 'crashed', certainty, what: `ended itself: ${oneLine(fatal.line)}`, evidence };
    default:
      return fatal.kind satisfies never;
  }
}

function describeHeap({ heap }: FatalWords): string[] {
  if (!heap) return [];
  return [`its heap after the last collection: ${formatMb(heap.usedBytes)}, in ${formatMb(heap.takenBytes)}`];
}

function describeFullHeap({ memory: { heapCeilingBytes } }: KnownFacts, { heap }: FatalWords): string {
  const ceiling =
    heapCeilingBytes === undefined ? "V8's ceiling" : `V8's ceiling of ${formatMb(heapCeilingBytes)}`;
  const isOneTooLarge =
    heap !== undefined && heapCeilingBytes !== undefined && heap.takenBytes < FULL_SHARE * heapCeilingBytes;
  return isOneTooLarge
    ? `ran out of heap: one allocation did not fit below ${ceiling}`
    : `ran out of heap: ${ceiling} was reached`;
}

function describeRefusal({ phase }: KnownFacts): string {
  const reservation = phase === 'starting' ? ', as it did when it started' : '';
  return `was refused memory by the system: V8 needs more address space than it may have${reservation}`;
}

/** Without a ceiling to compare with, V8 is believed. */
function isFull({ memory: { heapCeilingBytes } }: KnownFacts, { heap }: FatalWords): boolean {
  if (!heap || heapCeilingBytes === undefined) return true;
  return heap.takenBytes >= FULL_SHARE * heapCeilingBytes;
}
