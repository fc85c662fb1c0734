import { describe, expect, it } from 'vitest';

import { countDeaths } from './death-count.js';
import { type Note, readNote, textOf } from './notes.js';

const started = (lock: number, ...unheardOf: number[]): Note => ({ kind: 'started', lock, unheardOf });
const runs = (lock: number, ...unheardOf: number[]): Note => ({ kind: 'runs', lock, unheardOf });
const lives = (lock: number): Note => ({ kind: 'lives', lock });
const waited = (lock: number): Note => ({ kind: 'waited', lock });
const ended = (lock: number): Note => ({ kind: 'ended', lock });
const gaveBack = (lock: number): Note => ({ kind: 'gave-back', lock });
const accused = (...unheardOf: number[]): Note => ({ kind: 'accused', unheardOf, graceMs: 30_000 });
const condemned = (lock: number): Note => ({ kind: 'condemned', lock });
const retried: Note = { kind: 'retried' };

const count = (stalledCounter: number, ...notes: Note[]) =>
  countDeaths(
    stalledCounter,
    notes.map((note) => `${textOf(note)} (pid 4711, 2026-11-27T04:00:00.000Z)`),
  );
const dead = (stalledCounter: number, ...notes: Note[]) => count(stalledCounter, ...notes).dead;

it.each([
  started(2),
  started(4, 1),
  started(4, 1, 2, 3),
  runs(2),
  runs(4, 1, 2),
  lives(1),
  waited(12),
  ended(3),
  gaveBack(2),
  accused(1, 2, 10),
  condemned(4),
  retried,
])('a line says what was noted: %o', (note) => {
  expect(readNote(`${textOf(note)} (pid 4711, 2026-11-27T04:00:00.000Z)`)).toMatchObject(note);
});

describe('countDeaths()', () => {
  it('the first lock was lost, and nobody has said why: a death', () => {
    expect(dead(1)).toEqual([1]);
  });

  it('each start that was not heard of again is one more', () => {
    expect(dead(2, started(2, 1))).toEqual([1, 2]);
    expect(dead(3, started(2, 1), started(3, 1, 2))).toEqual([1, 2, 3]);
  });

  it('a job that waited when its process died has not killed it', () => {
    expect(dead(3)).toEqual([1]);
    expect(dead(4, started(2, 1))).toEqual([1, 2]);
    expect(dead(3, started(4, 1))).toEqual([1]);
  });

  it('a process that lives is no death, whether the job ran there or waited', () => {
    expect(dead(1, lives(1))).toEqual([]);
    expect(dead(1, waited(1))).toEqual([]);
    expect(dead(2, lives(1), started(2, 1))).toEqual([2]);
    expect(dead(2, started(2, 1), lives(1))).toEqual([2]);
    expect(dead(3, started(2, 1), waited(2), waited(3))).toEqual([1]);
  });

  it('a run that ended or was given back is none that killed, though the job waited elsewhere in a death later', () => {
    expect(dead(2, started(2, 1), ended(2))).toEqual([1]);
    expect(dead(2, started(2, 1), gaveBack(2))).toEqual([1]);
    expect(dead(3, ended(1), started(2), gaveBack(2), started(2))).toEqual([2]);
  });

  it('what is noted while another starts counts, though that one did not know', () => {
    expect(dead(2, ended(1), started(2, 1))).toEqual([2]);
    expect(dead(2, started(2, 1), ended(1))).toEqual([2]);
    expect(dead(2, started(2), ended(2), started(2), ended(1))).toEqual([2]);
  });

  it('a process that said that it lives may have died since: it is to say so again when the job is accused', () => {
    const log = [lives(1), started(2, 1), lives(2), started(3, 1, 2), lives(3)];
    expect(count(3, ...log)).toMatchObject({ unheardOf: [1, 2, 3], dead: [], isAccused: false });
    expect(count(3, ...log, accused(1, 2, 3))).toMatchObject({ dead: [1, 2, 3], isAccused: true });
    expect(count(3, ...log, accused(1, 2, 3), lives(2))).toMatchObject({ dead: [1, 3], isAccused: true });
    expect(count(3, ...log, accused(1, 2, 3), ended(1), lives(2))).toMatchObject({
      unheardOf: [2, 3],
      dead: [3],
    });
  });

  it('what was trimmed is known from the last note', () => {
    expect(dead(3, started(4, 1, 3))).toEqual([1, 3]);
    expect(dead(5, accused(2, 3, 4))).toEqual([2, 3, 4]);
  });

  it('a run that goes on without its lock, and says again that it runs, changes nothing of what is known of later ones', () => {
    const log = [started(2, 1), started(3, 1, 2), accused(1, 2, 3)];
    expect(count(3, ...log, runs(2, 1))).toEqual(count(3, ...log));
    expect(count(3, ...log, runs(3, 1, 2))).toEqual(count(3, ...log));
    expect(count(3, ...log, started(2, 1))).toEqual(count(3, ...log));
    expect(dead(3, started(2, 1), started(3, 1, 2), ended(2), runs(2, 1))).toEqual([1, 3]);
    expect(dead(3, started(3, 2), runs(3))).toEqual([3]);
    expect(dead(3, runs(3))).toEqual([3]);
  });

  it('the first lock counts, too, of a job whose log was cleared', () => {
    expect(dead(2)).toEqual([1]);
  });

  it('is accused from when it was found to have died too often until it starts again', () => {
    const log = [started(2, 1), started(3, 1, 2)];
    expect(count(3, ...log).isAccused).toBe(false);
    expect(count(3, ...log, accused(1, 2, 3)).isAccused).toBe(true);
    expect(count(4, ...log, accused(1, 2, 3), started(4, 1, 2, 3)).isAccused).toBe(false);
  });

  it('is suspect until a run has ended', () => {
    expect(count(1).isSuspect).toBe(true);
    expect(count(1, lives(1)).isSuspect).toBe(true);
    expect(count(1, ended(1)).isSuspect).toBe(false);
    expect(count(1, started(2, 1), gaveBack(2)).isSuspect).toBe(true);
    expect(count(2, started(2, 1), ended(2))).toMatchObject({ dead: [1], isSuspect: false });
    expect(count(3, started(2, 1), ended(2), started(3, 1))).toMatchObject({ dead: [1, 3], isSuspect: true });
  });

  it('a job that has failed and comes with the same lock was retried by hand: it has no deaths yet', () => {
    const before = [started(2, 1), started(3, 1, 2), accused(1, 2, 3), condemned(4)];
    expect(count(3, ...before)).toEqual({
      unheardOf: [],
      dead: [],
      isSuspect: false,
      isAccused: false,
      isRetried: true,
    });
    expect(count(4, ...before, retried)).toMatchObject({ dead: [], isRetried: false, isAccused: false });
    expect(dead(4, ...before, retried, started(4))).toEqual([4]);
    expect(dead(5, ...before, retried, started(4), started(5, 4))).toEqual([4, 5]);
  });

  it('a job that was to fail and comes with another lock has not failed: it does, unless one lives after all', () => {
    const before = [started(2, 1), started(3, 1, 2), accused(1, 2, 3), condemned(4)];
    expect(count(4, ...before)).toMatchObject({ dead: [1, 2, 3], isAccused: true, isRetried: false });
    expect(count(4, ...before, ended(2))).toMatchObject({ dead: [1, 3], isAccused: true });
  });

  it('other lines of the log are not counted', () => {
    expect(countDeaths(2, ['lost lock 1, but its process lives', '[headroom] imported 3 rows']).dead).toEqual(
      [1],
    );
  });
});
