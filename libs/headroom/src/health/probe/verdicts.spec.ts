import { describe, expect, it } from 'vitest';

import { verdictCode, VERDICTS } from './verdicts.js';

describe('verdictCode', () => {
  it('stands for why the app is not ready', () => {
    expect(VERDICTS[verdictCode('warming up', 'normal', false)]).toBe('warming up');
    expect(VERDICTS[verdictCode('draining', 'critical', false)]).toBe('draining');
    expect(VERDICTS[verdictCode(undefined, 'critical', false)]).toBe('critical pressure');
  });

  it('is ready under less than critical pressure, and under any where nothing is done about it', () => {
    expect(VERDICTS[verdictCode(undefined, 'normal', false)]).toBeUndefined();
    expect(VERDICTS[verdictCode(undefined, 'elevated', false)]).toBeUndefined();
    expect(VERDICTS[verdictCode(undefined, 'critical', true)]).toBeUndefined();
  });

  it('is "starting" on a board on which nothing was written', () => {
    expect(VERDICTS[0]).toBe('starting');
  });
});
