import { HealthIndicatorService } from '@nestjs/terminus';
import { describe, expect, it } from 'vitest';

import { InvalidOptionsError } from '../errors/index.js';
import { answer, readThresholds, roundShare, statusOf } from './health-status.js';

const THRESHOLDS = { degradedAt: 0.8, downAt: 0.9 };

describe('statusOf', () => {
  it.each([
    [0, 'up'],
    [0.7999, 'up'],
    [0.8, 'degraded'],
    [0.8999, 'degraded'],
    [0.9, 'down'],
    [2, 'down'],
  ])('takes a share of %d for %s', (share, status) => {
    expect(statusOf(share, THRESHOLDS)).toBe(status);
  });

  it('is down, not degraded, where both begin at the same share', () => {
    expect(statusOf(0.9, { degradedAt: 0.9, downAt: 0.9 })).toBe('down');
  });
});

const read = (given: object) => readThresholds(given, { elevated: 0.8, critical: 0.9 }, 'RssHealthIndicator');

describe('readThresholds', () => {
  it("takes the module's for what is not given, or is undefined", () => {
    expect(read({})).toEqual(THRESHOLDS);
    expect(read({ degradedAt: undefined, downAt: undefined })).toEqual(THRESHOLDS);
    expect(read({ downAt: 0.95 })).toEqual({ degradedAt: 0.8, downAt: 0.95 });
    expect(read({ downAt: 0.5 })).toEqual({ degradedAt: 0.8, downAt: 0.5 });
    expect(read({ degradedAt: 0.95 })).toEqual({ degradedAt: 0.95, downAt: 0.9 });
  });

  it.each([
    [{ degradedAt: 80 }, 'degradedAt: received 80; allowed: a number from 0 to 1'],
    [{ downAt: '0.9' }, 'downAt: received "0.9"'],
    [{ downAt: NaN }, 'downAt: received NaN'],
    [
      { degradedAt: 0.7, downAt: 0.6 },
      'degradedAt: received 0.7; allowed: a number up to downAt, which is 0.6',
    ],
    [{ critical: 0.9 }, 'there is no "critical"'],
  ])('refuses %o', (given, text) => {
    expect(() => read(given)).toThrow(InvalidOptionsError);
    expect(() => read(given)).toThrow(text);
    expect(() => read(given)).toThrow('RssHealthIndicator cannot check');
  });
});

describe('roundShare', () => {
  it('leaves two decimals', () => {
    expect([0.123, 0.125, 0.999, 1.5, 0].map(roundShare)).toEqual([0.12, 0.13, 1, 1.5, 0]);
  });
});

describe('answer', () => {
  it.each(['up', 'degraded', 'down'] as const)('is what Terminus takes for %s', (status) => {
    const session = new HealthIndicatorService().check('heap');
    expect(answer(session, status, { usedMb: 5 })).toEqual({ heap: { status, usedMb: 5 } });
  });
});
