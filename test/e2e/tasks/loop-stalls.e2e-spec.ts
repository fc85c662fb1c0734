import { Injectable, type Provider } from '@nestjs/common';
import { Interval, ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { EventLoopStalls, type LoopStall, MemorySnapshot, ResilienceModule } from 'nestjs-headroom';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';

import { seenStall } from '../seen-stall.js';
import { RecordingLogger } from '../queue/recording-logger.js';
import { block } from '../queue/work.js';

const STALL_MS = 100;
const BLOCK_MS = 200;

let module: TestingModule;
let log: RecordingLogger;
const stalls: LoopStall[] = [];

async function start(...providers: Provider[]): Promise<void> {
  log = new RecordingLogger();
  stalls.length = 0;
  module = await Test.createTestingModule({
    imports: [
      ScheduleModule.forRoot(),
      ResilienceModule.forRoot({ eventLoop: { stallMs: STALL_MS }, tasks: { log: false } }),
    ],
    providers,
  })
    .setLogger(log)
    .compile();
  await module.init();
  module.get(EventLoopStalls).stalls.subscribe((stall) => stalls.push(stall));
}

const see = (facts: Partial<LoopStall>) => seenStall(stalls, facts);

afterEach(() => module.close());

const method = (name: string) => ({ kind: 'method', name }) as const;
const lines = () => log.matching(/event loop/);

describe('a task that blocks the event loop', () => {
  it('is named when it is scheduled', async () => {
    class Prices {
      private isDone = false;
      @Interval(20)
      load() {
        if (!this.isDone) block(BLOCK_MS);
        this.isDone = true;
      }
    }
    await start(Prices);
    expect(
      await see({
        certainty: 'certain',
        by: [{ kind: 'interval', name: 'Prices.load' }],
      }),
    ).toMatchObject({ others: 0 });
  });

  it('is named with what it called, when that is what blocked', async () => {
    class Importer {
      @MemorySnapshot('import')
      run() {
        this.parse();
      }
      @MemorySnapshot('parse')
      parse() {
        block(BLOCK_MS);
      }
    }
    await start();
    new Importer().run();
    expect(
      await see({
        certainty: 'certain',
        by: [method('import'), method('parse')],
      }),
    ).toMatchObject({ others: 0 });
    expect(lines()).toContainEqual(
      expect.stringContaining('by method=import, in method=parse (threshold 100ms)'),
    );
  });

  it('is likely when it was resumed, and has ended long before anybody can look', async () => {
    class Importer {
      @MemorySnapshot('import')
      async run() {
        await wait(30);
        block(BLOCK_MS);
      }
    }
    await start();
    await new Importer().run();
    expect(
      await see({
        certainty: 'likely',
        by: [{ kind: 'method', name: 'import' }],
      }),
    ).toMatchObject({ others: 0 });
    expect(lines()).toContainEqual(
      expect.stringContaining(
        ', likely by method=import (threshold 100ms): nothing else was under way, and it ended then.',
      ),
    );
  });

  it('is one of several when they run in a row, without a turn between them', async () => {
    class Report {
      @MemorySnapshot('page')
      page() {
        block(BLOCK_MS / 5);
      }
    }
    await start();
    const report = new Report();
    for (let page = 0; page < 5; page++) report.page();
    await see({ certainty: 'several', others: 0 });
    expect(lines()).toContainEqual(
      expect.stringMatching(/by many pieces of work in a row .*, the longest first: (method=page(, )?){5}\./),
    );
  });
});

describe('the app that starts', () => {
  it('is named when it blocks the loop', async () => {
    @Injectable()
    class Slow {
      async onModuleInit() {
        await wait(30);
        block(BLOCK_MS);
        await wait(50);
      }
    }
    await start(Slow);
    expect(lines()).toContainEqual(expect.stringContaining('while lifecycle=bootstrap was under way'));
  });
});

describe('nobody is blamed', () => {
  it('for what a timer of the app does', async () => {
    await start();
    setTimeout(() => block(BLOCK_MS), 10);
    expect(await see({ certainty: 'unknown', by: [] })).toMatchObject({ others: 0 });
    expect(lines()).toContainEqual(
      expect.stringMatching(
        /event loop blocked for \d+ms \(threshold 100ms\), not by a job, a request or a task/,
      ),
    );
  });

  it('when the process did not compute', async () => {
    await start();
    setTimeout(sleep, 10);
    const stall = await see({ certainty: 'stopped', by: [] });
    expect(stall).not.toHaveProperty('onStack');
    expect(lines()).toContainEqual(
      expect.stringMatching(/stood still for \d+ms .*it was stopped, or waited\.$/),
    );
  });

  it('but it is said who was on the stack then', async () => {
    class Disk {
      @MemorySnapshot('wait')
      read() {
        sleep();
      }
    }
    await start();
    new Disk().read();
    expect(
      await see({
        certainty: 'stopped',
        by: [],
      }),
    ).toMatchObject({ onStack: { kind: 'method', name: 'wait' } });
    expect(lines()).toContainEqual(
      expect.stringMatching(/waited\. method=wait was on the stack: in a synchronous call, perhaps\.$/),
    );
  });
});

it('ten lines are written a minute, and how many were not', async () => {
  await start();
  for (let count = 0; count < 13; count++) {
    block(STALL_MS + 30);
    await wait(40);
  }
  const { counters } = module.get(EventLoopStalls);
  expect(counters.stalls).toBeGreaterThanOrEqual(13);
  expect(log.matching(/event loop (blocked|stood)/)).toHaveLength(10);
  await module.close();
  expect(log.matching(/stalls of the event loop not written/)).toEqual([
    `warn ${counters.stalls - 10} stalls of the event loop not written: more than 10 a minute`,
  ]);
});

/** Waits without computing, as a synchronous read from a slow disk does. */
function sleep(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5 * BLOCK_MS);
}
