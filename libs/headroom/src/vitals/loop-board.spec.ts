import { describe, expect, it } from 'vitest';

import { LOOP_BOARD_SLOTS, LoopBoard, loopNames } from './loop-board.js';

const { beats, readiness, running } = LOOP_BOARD_SLOTS;

describe('LoopBoard', () => {
  it('shows what was written to whoever shares its memory', () => {
    const board = new LoopBoard();
    const seen = new Int32Array(board.memory);
    expect([...seen]).toEqual([0, 0, 0]);
    board.beat();
    board.beat();
    board.setReadiness(3);
    board.enter(7);
    expect([seen[beats], seen[readiness], seen[running]]).toEqual([2, 3, 7]);
  });
});

describe('loopNames', () => {
  it('gives a name one number for good, and none that is 0', () => {
    const id = loopNames.idOf('job=reports:build');
    expect(id).toBeGreaterThan(0);
    expect(loopNames.idOf('job=reports:build')).toBe(id);
    expect(loopNames.idOf('GET /reports')).not.toBe(id);
    expect(loopNames.nameOf(id)).toBe('job=reports:build');
    expect(loopNames.nameOf(0)).toBeUndefined();
  });

  it('tells all names, those from before too, until it is told to stop', () => {
    const before = loopNames.idOf('before');
    const told = new Map<string, number>();
    const stop = loopNames.each((id, name) => void told.set(name, id));
    const after = loopNames.idOf('after');
    stop();
    loopNames.idOf('too late');
    expect(told.get('before')).toBe(before);
    expect(told.get('after')).toBe(after);
    expect(told.has('too late')).toBe(false);
  });

  it('does not grow without end', () => {
    for (let count = 0; count < 5000; count++) loopNames.idOf(`job ${count}`);
    expect(loopNames.idOf('one more')).toBe(0);
    expect(loopNames.nameOf(0)).toBeUndefined();
  });
});
