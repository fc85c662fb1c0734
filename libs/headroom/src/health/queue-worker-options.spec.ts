import { describe, expect, it } from 'vitest';

import { InvalidOptionsError } from '../errors/index.js';
import { type QueueWorkerCheckOptions, readCheckOptions } from './queue-worker-options.js';

describe('the options of a check', () => {
  it('judge nothing by default', () => {
    expect(readCheckOptions()).toEqual({
      queues: undefined,
      backend: true,
      timeoutMs: 500,
      whenSilent: 'degraded',
      maxWaiting: Infinity,
      maxWaitingAgeMs: Infinity,
      maxFailed: Infinity,
      minWorkers: 0,
      whenCrossed: 'degraded',
    });
  });

  it.each([
    [{ timeoutMs: 0 }, 'timeoutMs: received 0; allowed: a number from 1'],
    [{ timeoutMs: Infinity }, 'timeoutMs: received Infinity'],
    [{ maxWaiting: 1.5 }, 'maxWaiting: received 1.5; allowed: a whole number of at least 0'],
    [{ maxWaitingAgeMs: -1 }, 'maxWaitingAgeMs: received -1'],
    [{ maxFailed: '3' }, 'maxFailed: received "3"'],
    [{ minWorkers: NaN }, 'minWorkers: received NaN'],
    [{ whenSilent: 'up' }, 'whenSilent: received "up"; allowed: "degraded", "down"'],
    [{ whenCrossed: false }, 'whenCrossed: received false'],
    [{ backend: 'redis' }, 'backend: received "redis"; allowed: true, false'],
    [{ queues: 'reports' }, 'queues: received "reports"; allowed: names of queues'],
    [{ maxWaitng: 5 }, 'there is no "maxWaitng"'],
    [{ backend: false, maxWaiting: 5 }, 'maxWaiting: received 5; allowed: nothing beside backend: false'],
    [null, 'options: received null; allowed: an object'],
    ['reports', 'options: received "reports"'],
  ])('%o are refused', (options, message) => {
    const read = () => readCheckOptions(options as QueueWorkerCheckOptions);
    expect(read).toThrow(InvalidOptionsError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^QueueWorkerHealthIndicator cannot check: 1 invalid option\./);
  });
});
