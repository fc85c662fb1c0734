import { beforeEach, describe, expect, it } from 'vitest';

import type { PressureVerdict } from '../../pressure/index.js';
import { ShedLog } from './shed-log.js';

let lines: string[];
const logger = { warn: (line: string) => void lines.push(line) };
const verdict = (since: number) =>
  ({ level: 'critical', since, reasons: ['heap 95/100MB'] }) as unknown as PressureVerdict;
beforeEach(() => void (lines = []));

describe('ShedLog', () => {
  it('tells the first request that a level sheds, and how many it were when pressure is normal again', () => {
    const log = new ShedLog(logger, false);
    for (let count = 1; count <= 36; count++) log.shed(verdict(1), `/${count}`, count);
    log.calm();
    log.calm();
    expect(lines).toEqual([
      'answering 503: pressure is critical (heap 95/100MB); first refused: /1; 1 since start',
      'pressure is normal again: answered 503 to 36 requests',
    ]);
  });

  it('says what it would have done in observe mode', () => {
    const log = new ShedLog(logger, true);
    log.shed(verdict(1), '/', 1);
    log.calm();
    expect(lines).toEqual([
      'would answer 503: pressure is critical (heap 95/100MB); first refused: /; 1 since start',
      'pressure is normal again: would have answered 503 to 1 request',
    ]);
  });
});
