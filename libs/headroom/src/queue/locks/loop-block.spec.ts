import { expect, it } from 'vitest';

import type { LoopStall, StallCertainty } from '../../vitals/index.js';
import { blockerOf, describeBlock } from './loop-block.js';

function stall(certainty: StallCertainty, ...by: LoopStall['by']): LoopStall {
  return { at: 0, durationMs: 3000, certainty, by, others: 0 };
}

const JOB = { kind: 'job', name: 'work:spin#2' } as const;
const ROUTE = { kind: 'request', name: 'GET /report' } as const;

it.each([
  ['of a job the name alone', stall('certain', JOB), 'work:spin#2'],
  ['of another its kind, too', stall('certain', ROUTE), 'request=GET /report'],
  ['that it only seems so', stall('likely', JOB), 'work:spin#2, it seems'],
  ['nobody of several', stall('one-of', JOB, ROUTE), undefined],
  ['nobody of many in a row', stall('several', JOB), undefined],
  ['nobody when the process was stopped', stall('stopped'), undefined],
])('the line of a lost lock tells %s', (_what, each, by) => {
  expect(blockerOf(each)).toBe(by);
});

it('tells how long the loop was blocked', () => {
  const block = { at: 0, loopDelayMs: 3000.4 };
  expect(describeBlock({ ...block, by: 'work:spin#2' })).toBe(
    'the event loop was blocked for 3000ms by work:spin#2',
  );
  expect(describeBlock({ ...block, by: undefined })).toBe('the event loop was blocked for 3000ms');
});
