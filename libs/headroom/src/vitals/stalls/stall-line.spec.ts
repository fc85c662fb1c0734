import { expect, it } from 'vitest';

import type { LoopStall } from './loop-stall.js';
import { formatStall } from './stall-line.js';

const job = (name: string) => ({ kind: 'job', name }) as const;

it.each<[Pick<LoopStall, 'certainty'> & Partial<LoopStall>, string]>([
  [
    { certainty: 'certain', by: [job('reports:build#17')] },
    'event loop blocked for 1240ms by job=reports:build#17 (threshold 500ms). Split the work with yieldIfDue(), or run it in a process of its own.',
  ],
  [
    { certainty: 'certain', by: [job('reports:build#17'), { kind: 'method', name: 'render' }] },
    'event loop blocked for 1240ms by job=reports:build#17, in method=render (threshold 500ms). Split the work with yieldIfDue(), or run it in a process of its own.',
  ],
  [
    { certainty: 'likely', by: [{ kind: 'request', name: 'GET /report' }] },
    'event loop blocked for 1240ms, likely by request=GET /report (threshold 500ms): nothing else was under way, and it ended then. Split the work with yieldIfDue(), or run it in a process of its own.',
  ],
  [
    { certainty: 'one-of', by: [job('a#1'), job('b#2')], others: 0 },
    'event loop blocked for 1240ms by one of job=a#1, job=b#2 (threshold 500ms), or by a timer or a listener of the app.',
  ],
  [
    { certainty: 'one-of', by: [job('a#1')] },
    'event loop blocked for 1240ms while job=a#1 was under way: by it (threshold 500ms), or by a timer or a listener of the app.',
  ],
  [
    { certainty: 'one-of', by: Array.from({ length: 7 }, (_, id) => job(`a#${id}`)), others: 3 },
    'event loop blocked for 1240ms by one of job=a#0, job=a#1, job=a#2, job=a#3, job=a#4 and 5 more (threshold 500ms), or by a timer or a listener of the app.',
  ],
  [
    { certainty: 'several', by: [job('a#1'), job('b#2')], others: 11 },
    'event loop blocked for 1240ms by many pieces of work in a row (threshold 500ms), the longest first: job=a#1, job=b#2 and 11 more. Let some of them wait: await yieldToEventLoop().',
  ],
  [
    { certainty: 'several', others: 40 },
    'event loop blocked for 1240ms by many pieces of work in a row (threshold 500ms). Let some of them wait: await yieldToEventLoop().',
  ],
  [
    { certainty: 'stopped' },
    'event loop stood still for 1240ms (threshold 500ms), and the process did not compute: it was stopped, or waited.',
  ],
  [
    { certainty: 'stopped', onStack: job('a#1') },
    'event loop stood still for 1240ms (threshold 500ms), and the process did not compute: it was stopped, or waited. job=a#1 was on the stack: in a synchronous call, perhaps.',
  ],
  [
    { certainty: 'unknown' },
    'event loop blocked for 1240ms (threshold 500ms), not by a job, a request or a task: by a timer or a listener of the app, perhaps, or by garbage collection.',
  ],
])('%o', (stall, line) => {
  expect(formatStall({ at: 0, durationMs: 1240.4, by: [], others: 0, ...stall }, 500)).toBe(line);
});
