import { describe, expect, it } from 'vitest';

import { block, watchTurns } from '../fixtures/turns.js';
import { forEachYielding, mapYielding } from './yielding-loops.js';

/** An iterable that knows how far it was read, and whether it was closed. */
class Source implements Iterable<number> {
  given = 0;
  isClosed = false;

  constructor(private readonly size: number) {}

  *[Symbol.iterator](): Iterator<number> {
    try {
      while (this.given < this.size) yield this.given++;
    } finally {
      this.isClosed = true;
    }
  }
}

class AsyncSource implements AsyncIterable<number> {
  readonly inner: Source;

  constructor(size: number) {
    this.inner = new Source(size);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<number> {
    yield* this.inner;
  }
}

const SOURCES = [
  ['an iterable', (size: number) => new Source(size)],
  ['an async iterable', (size: number) => new AsyncSource(size)],
] as const;

function innerOf(source: Source | AsyncSource): Source {
  return source instanceof Source ? source : source.inner;
}

describe.each(SOURCES)('a loop over %s', (_name, make) => {
  it('gives every item and its index to the function, in order', async () => {
    const seen: [number, number][] = [];
    await forEachYielding(make(3), (item, index) => void seen.push([item, index]));
    expect(seen).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
  });

  it('waits for what an async function returns before it takes the next item', async () => {
    const source = make(5);
    let running = 0;
    const results = await mapYielding(source, async (item) => {
      expect(++running).toBe(1);
      await new Promise(setImmediate);
      running--;
      return item * 2;
    });
    expect(results).toEqual([0, 2, 4, 6, 8]);
  });

  it('gives the loop a turn when the slice is used up', async () => {
    const watch = watchTurns();
    const seen: number[] = [];
    await forEachYielding(
      make(10),
      () => {
        seen.push(watch.count);
        block(3);
      },
      { sliceMs: 5 },
    );
    expect(new Set(seen).size).toBeGreaterThanOrEqual(4);
  });

  it('ends after the item at which it is aborted, with the reason, and closes the iterator', async () => {
    const source = make(10);
    const client = new AbortController();
    const reason = new Error('enough');
    const seen: number[] = [];
    const loop = forEachYielding(
      source,
      (item) => {
        seen.push(item);
        if (item === 2) client.abort(reason);
      },
      { signal: client.signal },
    );
    await expect(loop).rejects.toBe(reason);
    expect(seen).toEqual([0, 1, 2]);
    expect(innerOf(source)).toMatchObject({ given: 3, isClosed: true });
  });

  it('ends when the function throws or rejects, and closes the iterator', async () => {
    for (const fail of [
      () => {
        throw new Error('no');
      },
      () => Promise.reject(new Error('no')),
    ]) {
      const source = make(10);
      await expect(mapYielding(source, fail)).rejects.toThrow('no');
      expect(innerOf(source)).toMatchObject({ given: 1, isClosed: true });
    }
  });

  it('takes nothing when it is aborted before', async () => {
    const source = make(10);
    await expect(forEachYielding(source, () => 1, { signal: AbortSignal.abort('before') })).rejects.toBe(
      'before',
    );
    expect(innerOf(source).given).toBe(0);
  });
});

describe('loops', () => {
  it('that run at the same time take turns, and none resumes back to back with another', async () => {
    const watch = watchTurns();
    const seen: number[] = [];
    const loop = () =>
      forEachYielding(
        new Source(5),
        () => {
          seen.push(watch.count);
          block(3);
        },
        { sliceMs: 2 },
      );
    await Promise.all(Array.from({ length: 5 }, loop));
    // The first item of each runs when the loop is called; each of the others in a turn of its own.
    expect(new Set(seen.slice(5)).size).toBe(20);
  });

  it('end when aborted while they wait for a turn', async () => {
    const client = new AbortController();
    const source = new Source(10);
    const loop = forEachYielding(source, () => block(2), { sliceMs: 1, signal: client.signal });
    client.abort('meanwhile');
    await expect(loop).rejects.toBe('meanwhile');
    expect(source).toMatchObject({ given: 1, isClosed: true });
  });

  it('take texts and maps, as for...of does', async () => {
    expect(await mapYielding('abc', (letter) => letter)).toEqual(['a', 'b', 'c']);
    expect(await mapYielding(new Map([['a', 1]]), ([key, value]) => key + value)).toEqual(['a1']);
    expect(await mapYielding([], () => 1)).toEqual([]);
  });

  it('refuse a slice that is none', async () => {
    await expect(forEachYielding([], () => 1, { sliceMs: -1 })).rejects.toThrow(
      'forEachYielding(): sliceMs: received -1; allowed: milliseconds, 0 or more',
    );
  });
});
