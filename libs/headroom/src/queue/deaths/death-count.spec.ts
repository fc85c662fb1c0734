import { describe, expect, it } from 'vitest';

import { condemnedNote, countDeaths, NOTES } from './death-count.js';

const { started, lostRunning, lostIdle, ended, accused } = NOTES;
const deaths = (stalledCounter: number, ...log: string[]) =>
  countDeaths(
    stalledCounter,
    log.map((note) => `${note}, and more (pid 1, 2026-01-01)`),
  ).deaths;

describe('countDeaths()', () => {
  it('a lock that ran out, and nobody has said why: a death', () => {
    expect(deaths(1)).toBe(1);
  });

  it('each start that was not heard of again is one more', () => {
    expect(deaths(2, started)).toBe(2);
    expect(deaths(3, started, started)).toBe(3);
  });

  it('a job that waited when its process died has not killed it', () => {
    expect(deaths(3)).toBe(1);
    expect(deaths(4, started)).toBe(2);
  });

  it('a process that lives is no death, whether the job ran there or waited', () => {
    expect(deaths(1, lostRunning)).toBe(0);
    expect(deaths(1, lostIdle)).toBe(0);
    expect(deaths(2, lostRunning, started)).toBe(1);
    expect(deaths(2, started, lostRunning)).toBe(1);
    expect(deaths(3, started, lostIdle, lostIdle)).toBe(1);
  });

  it('a run that failed or was given back is none that killed, though the job waited elsewhere in a death later', () => {
    expect(deaths(2, started, ended)).toBe(1);
    expect(deaths(4, started, lostRunning, started, ended)).toBe(1);
    expect(deaths(3, lostRunning, started, ended, started)).toBe(1);
  });

  it('what was noted twice, or of a lock that had not run out, makes no debt', () => {
    expect(deaths(0, lostRunning)).toBe(0);
    expect(deaths(1, lostRunning, lostRunning, ended)).toBe(0);
  });

  it('a job that is retried by hand has no deaths yet, and is not accused', () => {
    const before = [started, started, accused, condemnedNote(3)];
    expect(countDeaths(3, before)).toEqual({ deaths: 0, isAccused: false });
    expect(deaths(4, ...before, started)).toBe(1);
    expect(deaths(5, ...before, started)).toBe(1);
    expect(deaths(5, ...before, started, started)).toBe(2);
    expect(deaths(6, ...before, started, started, started)).toBe(3);
  });

  it('other lines of the log are not counted', () => {
    expect(deaths(2, 'lost its lock, but its process lives', 'imported 3 rows')).toBe(1);
  });

  it('is accused from when it was found to have died too often until it starts again', () => {
    expect(countDeaths(3, [started, started]).isAccused).toBe(false);
    expect(countDeaths(3, [started, started, accused]).isAccused).toBe(true);
    expect(countDeaths(3, [started, accused, lostRunning, started]).isAccused).toBe(false);
  });
});
