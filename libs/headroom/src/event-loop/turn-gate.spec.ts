import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { TurnGate } from './turn-gate.js';

/** Work that blocks for a known time, on a clock that the test moves. */
function setUp(settings: { sliceMs: number; startsPerTurn: number }, eventsPerTurn = 0) {
  let clock = 1000;
  let turn = 0;
  const gate = new TurnGate(
    settings,
    () => clock,
    () => turn * eventsPerTurn,
  );
  let isWatching = true;
  const watch = () => {
    turn++;
    if (isWatching) setImmediate(watch);
  };
  setImmediate(watch);
  const starts: { name: string; turn: number }[] = [];
  const note = (name: string) => void starts.push({ name, turn });
  const start = async (name: string, blocksMs: number) => {
    await gate.enter();
    note(name);
    clock += blocksMs;
  };
  return { gate, starts, note, start, stop: () => (isWatching = false) };
}

const names = Array.from({ length: 10 }, (_, index) => `job${index}`);

/** In which turns ten pieces of work start that come together, in their order, counted from the first start. */
async function turnsOfWorkOf(blocksMs: (index: number) => number): Promise<number[]> {
  const { starts, start, stop } = setUp({ sliceMs: 10, startsPerTurn: 1 });
  await Promise.all(names.map((name, index) => start(name, blocksMs(index))));
  stop();
  expect(starts.map(({ name }) => name)).toEqual(names);
  return starts.map(({ turn }) => turn - starts[0]!.turn);
}

describe('TurnGate', () => {
  it('starts one piece of long work per turn, in the order of arrival', async () => {
    const { starts, start, stop } = setUp({ sliceMs: 10, startsPerTurn: 1 });
    await Promise.all(names.map((name) => start(name, 20)));
    stop();
    expect(starts.map(({ name }) => name)).toEqual(names);
    expect(new Set(starts.map(({ turn }) => turn)).size).toBe(names.length);
  });

  it('starts as many per turn as it is told', async () => {
    const { starts, start, stop } = setUp({ sliceMs: 0, startsPerTurn: 5 });
    await Promise.all(names.map((name) => start(name, 20)));
    stop();
    expect(starts.map(({ name }) => name)).toEqual(names);
    expect(new Set(starts.map(({ turn }) => turn)).size).toBe(2);
  });

  it('lets short work pass without a wait until the slice is used up', async () => {
    const { gate, start, stop } = setUp({ sliceMs: 10, startsPerTurn: 1 });
    await start('first', 0);
    for (let count = 0; count < 10; count++) await start(`short${count}`, 1);
    expect(gate.counters).toEqual({ passed: 10, waited: 1, waiting: 0 });
    await start('after the slice', 1);
    expect(gate.counters.waited).toBe(2);
    stop();
  });

  it('lets nobody overtake those who wait, even with time left in the slice', async () => {
    const { gate, starts, start, stop } = setUp({ sliceMs: 10, startsPerTurn: 1 });
    const first = start('waits', 0);
    const second = start('came later', 0);
    expect(gate.counters.waiting).toBe(2);
    await Promise.all([first, second]);
    stop();
    expect(starts.map(({ name }) => name)).toEqual(['waits', 'came later']);
  });

  it('gives every start a turn of its own with a slice of 0', async () => {
    const { gate, starts, start, stop } = setUp({ sliceMs: 0, startsPerTurn: 1 });
    for (const name of names) await start(name, 0);
    stop();
    expect(gate.counters.passed).toBe(0);
    expect(new Set(starts.map(({ turn }) => turn)).size).toBe(names.length);
  });

  it('serves those who yield inside their work in turn with those who wait to start', async () => {
    const { gate, starts, note, start, stop } = setUp({ sliceMs: 10, startsPerTurn: 1 });
    const yielder = (async () => {
      await start('yielder', 20);
      await gate.nextTurn();
      note('yielder goes on');
    })();
    await Promise.all([yielder, start('a', 20), start('b', 20)]);
    stop();
    expect(starts.map(({ name }) => name)).toEqual(['yielder', 'a', 'b', 'yielder goes on']);
  });

  it('asks work to yield only when its slice is used up, however many wait', async () => {
    const { gate, start, stop } = setUp({ sliceMs: 10, startsPerTurn: 1 });
    const others: Promise<void>[] = [];
    await start('runs now', 5);
    others.push(start('a', 0), start('b', 0));
    expect(gate.isSliceUsed()).toBe(false);
    await Promise.all(others);
    await start('long', 20);
    expect(gate.isSliceUsed()).toBe(true);
    stop();
  });

  it('lets the first of a turn go on at once, and nobody else in that turn', async () => {
    const { gate, starts, start, stop } = setUp({ sliceMs: 10, startsPerTurn: 1 });
    expect(gate.enterFirst()).toBeUndefined();
    const second = gate.enterFirst();
    expect(second).toBeInstanceOf(Promise);
    const third = start('third', 20);
    expect(gate.counters).toEqual({ passed: 1, waited: 2, waiting: 2 });
    await second;
    expect(starts).toEqual([]);
    await third;
    expect(gate.enterFirst()).toBeInstanceOf(Promise);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(gate.enterFirst()).toBeUndefined();
    stop();
  });

  it('turns in a test whose timers stand still', async () => {
    const gate = new TurnGate({ sliceMs: 10, startsPerTurn: 1 });
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    await gate.nextTurn();
    expect(gate.counters).toMatchObject({ waited: 1, waiting: 0 });
  });

  it('releases short work that waits in one turn, until the slice is used up', async () => {
    expect(await turnsOfWorkOf(() => 4)).toEqual([0, 0, 0, 2, 2, 2, 3, 3, 3, 4]);
  });

  it('releases short work of a worker that wants turns of its own one per turn', async () => {
    const { gate, starts, note, start, stop } = setUp({ sliceMs: 10, startsPerTurn: 1 });
    const own = async (name: string) => {
      await gate.enter(0);
      note(name);
    };
    await Promise.all([start('a', 0), own('own 1'), own('own 2'), start('b', 0)]);
    stop();
    expect(starts.map(({ name }) => name)).toEqual(['a', 'own 1', 'own 2', 'b']);
    const turns = starts.map(({ turn }) => turn);
    expect(turns.map((turn) => turn - turns[0]!)).toEqual([0, 1, 2, 2]);
  });

  it('gives a turn to all else before whoever yields goes on, however much of the slice is left', async () => {
    const { gate, starts, note, start, stop } = setUp({ sliceMs: 10, startsPerTurn: 1 });
    const yielding = async (name: string) => {
      await start(name, 0);
      await gate.nextTurn();
      note(`${name} goes on`);
    };
    await Promise.all([yielding('a'), yielding('b')]);
    stop();
    expect(starts.map(({ name }) => name)).toEqual(['a', 'b', 'a goes on', 'b goes on']);
    const turns = starts.map(({ turn }) => turn);
    expect(turns.map((turn) => turn - turns[0]!)).toEqual([0, 0, 1, 1]);
  });

  it('lets urgent and plain work start in turns while both wait, each in the order of arrival', async () => {
    const { gate, starts, note, start, stop } = setUp({ sliceMs: 0, startsPerTurn: 1 });
    const urgent = async (name: string) => {
      await gate.enterFirst('urgent');
      note(name);
    };
    await Promise.all([
      ...['job 1', 'job 2', 'job 3'].map((name) => start(name, 20)),
      ...['request 1', 'request 2'].map(urgent),
    ]);
    stop();
    expect(starts.map(({ name }) => name)).toEqual(['request 1', 'job 1', 'request 2', 'job 2', 'job 3']);
    expect(new Set(starts.map(({ turn }) => turn)).size).toBe(starts.length);
  });

  it.each([
    ['is quiet', 0, 2],
    ['brings something each time', 1, 8],
  ])('after long work leaves the loop alone until a turn %s', async (_, eventsPerTurn, leastTurns) => {
    const { starts, start, stop } = setUp({ sliceMs: 0, startsPerTurn: 1 }, eventsPerTurn);
    await Promise.all([start('long', 20), start('short', 1), start('next', 0)]);
    stop();
    const turns = starts.map(({ turn }) => turn);
    expect(turns[1]! - turns[0]!).toBe(leastTurns);
    expect(turns[2]! - turns[1]!).toBe(1);
  });

  it('does not rest when it is known that nothing has come since the work before', async () => {
    expect(await turnsOfWorkOf(() => 20)).toEqual([0, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('fills the turns with short work again after long work', async () => {
    expect(await turnsOfWorkOf((index) => (index < 2 ? 20 : 4))).toEqual([0, 2, 3, 4, 4, 4, 5, 5, 5, 6]);
  });

  it('lets timers and I/O run between two starts', async () => {
    const gate = new TurnGate({ sliceMs: 0, startsPerTurn: 1 });
    const order: string[] = [];
    setTimeout(() => order.push('timer'), 1);
    const job = async (name: string) => {
      await gate.enter();
      order.push(name);
      const until = performance.now() + 5;
      while (performance.now() < until);
    };
    await Promise.all([job('a'), job('b'), job('c')]);
    expect(order.indexOf('timer')).toBeLessThan(order.indexOf('c'));
  });
});
