import { DelayedError, RateLimitError, UnrecoverableError, WaitingChildrenError, WaitingError } from 'bullmq';
import { describe, expect, it } from 'vitest';

import { isReleasing, isUnrecoverable } from './give-back.js';

class MyDelayedError extends DelayedError {
  override name = 'MyDelayedError';
}
class MyUnrecoverableError extends UnrecoverableError {
  override name = 'MyUnrecoverableError';
}
/** Of another copy of BullMQ. */
const named = (name: string) => Object.assign(new Error(name), { name });

describe('what a job throws', () => {
  it.each([
    new DelayedError(),
    new WaitingError(),
    new WaitingChildrenError(),
    new RateLimitError(),
    new MyDelayedError(),
    named('WaitingError'),
  ])('lets it go back, as BullMQ sees it: %s', (error) => expect(isReleasing(error)).toBe(true));

  it.each([new UnrecoverableError(), new MyUnrecoverableError(), named('UnrecoverableError')])(
    'ends it for good: %s',
    (error) => expect([isReleasing(error), isUnrecoverable(error)]).toEqual([false, true]),
  );

  it.each([new Error('failed'), 'DelayedError', undefined, { name: 'DelayedError' }])(
    'is a failure: %s',
    (error) => expect([isReleasing(error), isUnrecoverable(error)]).toEqual([false, false]),
  );
});
