import { beforeEach, describe, expect, it } from 'vitest';

import { RoomLog } from './room-log.js';

let lines: string[];
const logger = {
  log: (line: string) => void lines.push(`log ${line}`),
  warn: (line: string) => void lines.push(`warn ${line}`),
  error: (line: string) => void lines.push(`error ${line}`),
};
beforeEach(() => void (lines = []));

describe('RoomLog', () => {
  it('tells once a minute that requests are held', () => {
    const log = new RoomLog(logger, false);
    for (let second = 1; second <= 90; second++) log.held('GET /exports', second, second * 1000);
    expect(lines).toEqual([
      'warn holding requests until their memory is free: GET /exports; 1 since start',
      'warn holding requests until their memory is free: GET /exports; 61 since start',
    ]);
  });

  it('tells once a minute that it is learned what requests take, and does not speak of memory that is short', () => {
    const log = new RoomLog(logger, false);
    for (let second = 1; second <= 90; second++) log.learning('GET /wait', second * 1000);
    const line = 'log letting a few requests in at a time until it is known what they take: GET /wait';
    expect(lines).toEqual([line, line]);
  });

  it('tells once a minute that requests are refused, and why', () => {
    const log = new RoomLog(logger, false);
    for (let second = 1; second <= 90; second++)
      log.refused('GET /exports', 'wait-timeout', second, second * 1000);
    expect(lines).toEqual([
      'warn answering 503: its memory did not become free in time; GET /exports; 1 since start',
      'warn answering 503: its memory did not become free in time; GET /exports; 61 since start',
    ]);
  });

  it('tells once per route that it can never be served', () => {
    const log = new RoomLog(logger, false);
    for (let count = 0; count < 3; count++) log.exceedsBudget('GET /exports', 'too large');
    log.exceedsBudget('GET /imports', 'too large as well');
    expect(lines).toEqual(['error answering 503: too large', 'error answering 503: too large as well']);
  });

  it('says what it would have done in observe mode', () => {
    const log = new RoomLog(logger, true);
    log.held('GET /exports', 1, 1);
    log.exceedsBudget('GET /exports', 'too large');
    expect(lines).toEqual([
      'warn would hold requests until their memory is free: GET /exports; 1 since start; mode is observe, so they start',
      'error would answer 503: too large',
    ]);
  });
});
