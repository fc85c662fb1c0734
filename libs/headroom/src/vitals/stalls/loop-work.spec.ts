import { beforeEach, describe, expect, it } from 'vitest';

import { NOWHERE } from '../roster.js';
import { LoopWork, type WorkUnderWay } from './loop-work.js';

let clock: number;
let loop: LoopWork;
beforeEach(() => {
  clock = 1000;
  loop = new LoopWork(() => clock);
  loop.isWatched = true;
  loop.forget(clock);
});

function work(name: string): WorkUnderWay {
  return { kind: 'job', name, startedAtMs: clock, place: NOWHERE };
}

/** A piece of work that is on the stack for so long, and calls others meanwhile. */
function call(name: string, ms: number, inner: () => void = () => undefined): void {
  const entered = loop.enter({ kind: 'job', name });
  inner();
  clock += ms;
  loop.leave(entered);
}

const seen = () => loop.look(clock);

describe('what was on the stack', () => {
  it('is told when it was there for 10 ms, with its depth', () => {
    call('outer', 30, () => call('inner', 20));
    call('short', 9);
    expect(seen().stretches).toEqual([
      { work: { kind: 'job', name: 'inner' }, fromMs: 1000, toMs: 1020, depth: 1 },
      { work: { kind: 'job', name: 'outer' }, fromMs: 1000, toMs: 1050, depth: 0 },
    ]);
  });

  it('is counted, and its time summed, without what others had called', () => {
    call('outer', 30, () => call('inner', 20));
    call('short', 9);
    expect(seen()).toMatchObject({ pieces: 2, onStackMs: 59 });
  });

  it('costs nothing while nobody watches', () => {
    loop.isWatched = false;
    call('unseen', 100);
    expect(seen()).toMatchObject({ pieces: 0, onStackMs: 0, stretches: [] });
  });

  it('is in order when it began before anybody watched', () => {
    loop.isWatched = false;
    call('early', 50, () => {
      loop.isWatched = true;
      call('late', 20);
    });
    expect(seen().stretches.map((each) => [each.work.name, each.depth])).toEqual([['late', 0]]);
  });
});

describe('the silence', () => {
  it('is the longest time without a mark', () => {
    const one = work('one');
    loop.begin(one);
    clock += 100;
    loop.begin(work('two'));
    clock += 300;
    loop.end(one);
    clock += 200;
    expect(seen().silence).toEqual({ fromMs: 1100, toMs: 1400 });
  });

  it('goes on until the look', () => {
    clock += 50;
    expect(seen().silence).toEqual({ fromMs: 1000, toMs: 1050 });
  });

  it('is none while somebody is on the stack', () => {
    clock += 20;
    call('busy', 200, () => {
      clock += 300;
      loop.begin(work('begun within'));
    });
    clock += 10;
    expect(seen().silence).toEqual({ fromMs: 1000, toMs: 1020 });
  });
});

describe('what is under way', () => {
  it('are those that run, and those that ended since the last look after 25 ms or more', () => {
    const [running, long, short] = [work('running'), work('long'), work('short')];
    for (const each of [running, long]) loop.begin(each);
    clock += 10;
    loop.begin({ ...short, startedAtMs: clock });
    clock += 15;
    loop.end(long);
    expect(seen().underWay.map((each) => [each.work.name, each.fromMs, each.toMs])).toEqual([
      ['long', 1000, 1025],
      ['running', 1000, Infinity],
      ['short', 1010, Infinity],
    ]);
  });

  it('ends once, and is kept by nobody', () => {
    const one = work('one');
    loop.begin(one);
    clock += 100;
    loop.end(one);
    loop.end(one);
    expect(seen().underWay).toHaveLength(1);
    loop.forget(clock);
    expect(seen().underWay).toEqual([]);
    expect([...loop.underWay]).toEqual([]);
  });
});

it('forgets what it saw, but not who is under way', () => {
  loop.begin(work('running'));
  call('seen', 50);
  loop.forget(clock);
  clock += 5;
  expect(seen()).toEqual({
    stretches: [],
    pieces: 0,
    onStackMs: 0,
    silence: { fromMs: 1050, toMs: 1055 },
    underWay: [expect.objectContaining({ fromMs: 1000 })],
  });
});
