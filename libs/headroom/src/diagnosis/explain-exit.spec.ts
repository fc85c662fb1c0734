import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ExitCause } from './exit-explanation.js';
import type { ExitFacts } from './exit-facts.js';
import { explainExit } from './explain-exit.js';
import {
  ABORT,
  CALL_AND_RETRY,
  HEAP_LIMIT,
  INVALID_SIZE,
  INVALID_TABLE,
  NO_CODE_RANGE,
  NO_PAGE,
  UNCAUGHT,
  UNCAUGHT_EMITTED,
  UNCAUGHT_REJECTION,
} from './fixtures/last-words.js';

const MB = 1024 ** 2;
const SIGABRT = { code: null, signal: 'SIGABRT' } as const;
const SIGKILL = { code: null, signal: 'SIGKILL' } as const;
const peak = (mb: number) => ({ limitBytes: 512 * MB, peakRssBytes: mb * MB });
const failed = (stderr: string) => explainExit({ code: 1, signal: null, stderr });
const memory = { heapCeilingBytes: 512 * MB, limitBytes: 1024 * MB };

describe('what V8 said when it ended the process', () => {
  it.each<[string, ExitFacts, ExitCause, string]>([
    ['the heap limit', { ...SIGABRT, stderr: HEAP_LIMIT }, 'heap-limit', 'proven'],
    [
      'the heap limit, behind a shell',
      { code: 134, signal: null, stderr: HEAP_LIMIT },
      'heap-limit',
      'proven',
    ],
    ['the heap limit, as PID 1', { code: 139, signal: null, stderr: HEAP_LIMIT }, 'heap-limit', 'proven'],
    [
      'the heap limit, with CRLF',
      { ...SIGABRT, stderr: HEAP_LIMIT.replaceAll('\n', '\r\n') },
      'heap-limit',
      'proven',
    ],
    [
      'the heap limit, killed by us then',
      { ...SIGABRT, stderr: HEAP_LIMIT, endedBy: 'timeout' },
      'heap-limit',
      'proven',
    ],
    ['a last resort', { ...SIGABRT, stderr: CALL_AND_RETRY }, 'heap-limit', 'proven'],
    [
      'no page, though the heap is not full',
      { ...SIGABRT, stderr: NO_PAGE, memory: { heapCeilingBytes: 4096 * MB } },
      'address-space-limit',
      'likely',
    ],
    ['no page, and the heap is full', { ...SIGABRT, stderr: NO_PAGE, memory }, 'heap-limit', 'proven'],
    [
      'no address space',
      { code: null, signal: 'SIGTRAP', stderr: NO_CODE_RANGE },
      'address-space-limit',
      'proven',
    ],
    [
      'an array that is too large',
      { code: null, signal: 'SIGTRAP', stderr: INVALID_SIZE },
      'invalid-size',
      'proven',
    ],
    ['a table that is too large', { ...SIGABRT, stderr: INVALID_TABLE }, 'invalid-size', 'proven'],
  ])('%s', (_name, facts, cause, certainty) => {
    expect(explainExit(facts)).toMatchObject({ cause, certainty, isMemory: true });
  });

  it('counts for less when others wrote after it', () => {
    const stderr = `${HEAP_LIMIT}\n[api] a child has died, going on\n`;
    expect(explainExit({ ...SIGABRT, stderr })).toMatchObject({ cause: 'heap-limit', certainty: 'likely' });
  });

  it.each<[string, ExitFacts, ExitCause]>([
    [
      'in a line of the log',
      { ...SIGABRT, stderr: `[Nest] ERROR ${HEAP_LIMIT.slice(HEAP_LIMIT.indexOf('FATAL'))}` },
      'aborted',
    ],
    ['without its form', { ...SIGABRT, stderr: 'FATAL ERROR: heap out of memory\n' }, 'aborted'],
    ['before an exit in good order', { code: 1, signal: null, stderr: HEAP_LIMIT }, 'exited'],
    ['before somebody killed it', { ...SIGKILL, stderr: HEAP_LIMIT }, 'killed'],
    ['not at all', { ...SIGABRT, stderr: ABORT }, 'aborted'],
  ])('does not count %s', (_name, facts, cause) => {
    expect(explainExit(facts)).toMatchObject({ cause, isMemory: false });
  });
});

describe('SIGKILL', () => {
  it.each<[string, Partial<ExitFacts>, ExitCause, string]>([
    ['the kernel counted a kill', { oomKills: 1 }, 'kernel-oom-kill', 'proven'],
    [
      'the kernel counted none, though memory was short',
      { oomKills: 0, memory: peak(510) },
      'killed',
      'proven',
    ],
    ['memory was short', { memory: peak(500) }, 'kernel-oom-kill', 'likely'],
    ['memory was not short', { memory: peak(200) }, 'killed', 'likely'],
    ['nothing is known', {}, 'killed', 'unknown'],
    ['we did it', { endedBy: 'timeout', oomKills: 1 }, 'timeout', 'proven'],
    ['we did it, for its memory', { endedBy: 'memory-limit' }, 'memory-limit', 'proven'],
    ['we did it, at shutdown', { endedBy: 'shutdown', memory: peak(510) }, 'shutdown', 'proven'],
    ['we did it, it was cancelled', { endedBy: 'cancellation' }, 'cancelled', 'proven'],
    ['we did it, it had closed its channel', { endedBy: 'channel-closed' }, 'channel-closed', 'proven'],
  ])('%s', (_name, facts, cause, certainty) => {
    expect(explainExit({ ...SIGKILL, ...facts })).toMatchObject({ cause, certainty });
    expect(explainExit({ code: 137, signal: null, ...facts })).toMatchObject({ cause, certainty });
  });
});

it.each<[ExitFacts['code'], ExitFacts['signal'], ExitCause, number | undefined, string]>([
  [null, 'SIGABRT', 'aborted', 134, 'aborted (SIGABRT, 134 in a shell)'],
  [134, null, 'aborted', 134, 'aborted (exit code 134, which is SIGABRT)'],
  [null, 'SIGSEGV', 'crashed', 139, 'crashed in native code (SIGSEGV, 139 in a shell)'],
  [139, null, 'crashed', 139, 'crashed in native code (exit code 139, which is SIGSEGV)'],
  [null, 'SIGTRAP', 'crashed', 133, 'crashed in native code (SIGTRAP, 133 in a shell)'],
  [143, null, 'terminated', 143, 'was told to stop by somebody else (exit code 143, which is SIGTERM)'],
  [
    130,
    null,
    'interrupted',
    130,
    'was interrupted, by Ctrl-C or by somebody (exit code 130, which is SIGINT)',
  ],
  [129, null, 'signalled', 129, 'was ended by a signal (exit code 129, which is SIGHUP)'],
  [null, 'SIGWHAT', 'signalled', undefined, 'was ended by a signal (SIGWHAT)'],
  [0, null, 'exited', 0, 'exited with code 0, before it was done'],
  [7, null, 'exited', 7, 'exited with code 7'],
  [9, null, 'bad-option', 9, 'was started with an option that Node refuses (exit code 9)'],
  [12, null, 'bad-option', 12, 'was started with a debug option that Node refuses (exit code 12)'],
  [
    13,
    null,
    'unsettled-await',
    13,
    'ended with a top-level await that still waited, and nothing left to do (exit code 13)',
  ],
  [126, null, 'not-executable', 126, 'could not be started: not executable (exit code 126)'],
  [127, null, 'not-found', 127, 'could not be started: not found (exit code 127)'],
  [255, null, 'exited', 255, 'exited with code 255'],
  [null, null, 'unknown', undefined, 'ended, and how is not known'],
])('code %s, signal %s: %s', (code, signal, cause, shellStatus, summary) => {
  expect(explainExit({ code, signal })).toMatchObject({
    cause,
    code,
    signal,
    shellStatus,
    summary,
    isMemory: false,
  });
});

describe('an error', () => {
  it('that nobody caught is named as Node wrote it', () => {
    expect(failed(UNCAUGHT)).toMatchObject({
      cause: 'uncaught-error',
      certainty: 'proven',
      summary: "threw TypeError: Cannot read properties of null (reading 'foo'), uncaught (exit code 1)",
    });
    expect(failed(UNCAUGHT_EMITTED).summary).toBe(
      'threw Error: connect ECONNREFUSED 127.0.0.1:1, uncaught (exit code 1)',
    );
    expect(failed(UNCAUGHT_REJECTION).summary).toBe('rejected a promise with no, unhandled (exit code 1)');
  });

  it('of another process on the same stderr is no proof', () => {
    expect(failed(`${UNCAUGHT}\ncleaning up\n`)).toMatchObject({
      cause: 'uncaught-error',
      certainty: 'likely',
    });
  });

  it('is no reason where the process exited in good order, and none without the form', () => {
    expect(explainExit({ code: 0, signal: null, stderr: UNCAUGHT }).cause).toBe('exited');
    expect(failed('[Nest] ERROR TypeError: x is not a function\n').cause).toBe('exited');
  });

  it('that the parent was told of goes first', () => {
    const error = { name: 'QueryFailedError', message: 'no such table', stack: 'anything' };
    expect(explainExit({ code: 0, signal: null, error })).toMatchObject({
      cause: 'uncaught-error',
      summary: 'threw QueryFailedError: no such table, uncaught (exit code 0)',
    });
  });

  it.each<[string, ExitCause, boolean]>([
    ['ENOENT', 'not-found', false],
    ['EACCES', 'not-executable', false],
    ['EAGAIN', 'unknown', false],
  ])('of spawn: %s', (code, cause, isMemory) => {
    const error = Object.assign(new Error(`spawn node ${code}`), { code, syscall: 'spawn node' });
    expect(explainExit({ code: null, signal: null, error })).toMatchObject({
      cause,
      isMemory,
      summary: `could not be started: Error: spawn node ${code}`,
    });
  });

  it('of a buffer, or of a thread, is for want of memory', () => {
    const buffer = new RangeError('Array buffer allocation failed');
    expect(explainExit({ code: 1, signal: null, error: buffer })).toMatchObject({
      cause: 'buffer-allocation',
      isMemory: true,
    });
    const thread = Object.assign(new Error('limit'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
    expect(explainExit({ code: 1, signal: null, error: thread, isThread: true })).toMatchObject({
      cause: 'thread-out-of-memory',
      isMemory: true,
      summary: "ran out of heap: the thread's limit was reached (ERR_WORKER_OUT_OF_MEMORY)",
    });
  });
});

describe('the text', () => {
  it('has no passwords, and is bounded', () => {
    const stderr = `${'x'.repeat(5000)}\n${'line\n'.repeat(5000)}redis://app:hunter22@db is away\n`;
    const { text } = explainExit({ code: 3, signal: null, stderr });
    expect(text).toContain('  | redis://app:***@db is away');
    expect(text).not.toContain('hunter22');
    expect(text.split('\n')).toHaveLength(15);
    expect(explainExit({ code: 3, signal: null, stderr: 'x'.repeat(1e6) }).text.length).toBeLessThan(1000);
  });

  it('says when it happened, and what memory was like', () => {
    const { text } = explainExit({
      ...SIGABRT,
      phase: 'starting',
      memory: {
        startRssBytes: 60 * MB,
        lastRssBytes: 540 * MB,
        peakRssBytes: 548 * MB,
        lastHeapUsedBytes: 500 * MB,
        ...memory,
      },
    });
    expect(text).toBe(
      'aborted (SIGABRT, 134 in a shell)\n' +
        'evidence: proven; it was starting\n' +
        'memory: rss 60MB at start, 540MB last, peak 548MB; heap 500/512MB; limit 1024MB\n' +
        'what to change:\n' +
        '  - look for who aborts: `process.abort()`, an assertion of a native addon',
    );
  });
});

it('an error that cannot be read takes nothing else with it', () => {
  const error = {
    get message(): string {
      throw new Error('not to be read');
    },
  };
  expect(explainExit({ ...SIGKILL, error, oomKills: 1 }).cause).toBe('kernel-oom-kill');
  expect(explainExit({ code: 1, signal: null, error }).summary).toBe(
    'threw a value that cannot be shown, uncaught (exit code 1)',
  );
});

it('never throws, whatever it is given', () => {
  const facts = fc.record({
    code: fc.anything(),
    signal: fc.anything(),
    stderr: fc.oneof(fc.anything(), fc.constantFrom(HEAP_LIMIT, UNCAUGHT, NO_CODE_RANGE)),
    error: fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }),
    endedBy: fc.anything(),
    oomKills: fc.anything(),
    phase: fc.anything(),
    memory: fc.anything(),
    surroundings: fc.anything(),
  });
  fc.assert(
    fc.property(fc.oneof(facts, fc.anything()), (given) => {
      const { summary, text } = explainExit(given as ExitFacts);
      expect(summary.length).toBeGreaterThan(0);
      expect(text.startsWith(summary)).toBe(true);
      expect(summary.length).toBeLessThan(600);
    }),
    { numRuns: 500 },
  );
});
