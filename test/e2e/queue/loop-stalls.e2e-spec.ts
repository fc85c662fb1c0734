import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Type } from '@nestjs/common';
import type { Job } from 'bullmq';
import { EventLoopStalls, type LoopStall, MemoryCost, MemorySnapshot, SkipResilience } from 'nestjs-headroom';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { seenStall } from '../seen-stall.js';
import { startRedis, type TestRedis } from '../../support/redis.js';
import { QueueApp } from './queue-app.js';
import { block } from './work.js';

const BLOCK_MS = 250;

let redis: TestRedis;
let app: QueueApp;
const stalls: LoopStall[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
afterEach(() => app.close());

async function start(processor: Type): Promise<void> {
  stalls.length = 0;
  app = await QueueApp.start({
    redis,
    queues: [{ name: 'reports' }],
    providers: [processor],
    resilience: { eventLoop: { stallMs: 150 } },
  });
  await wait(100);
  app.app.get(EventLoopStalls).stalls.subscribe((stall) => stalls.push(stall));
}

async function add(...names: string[]): Promise<void> {
  const queue = app.queue('reports');
  await queue.addBulk(names.map((name) => ({ name, data: {} })));
  await queue.close();
}

const see = (facts: Partial<LoopStall>) => seenStall(stalls, facts);

async function work({ name }: Job): Promise<void> {
  if (name === 'wait') return wait(1000);
  if (name === 'resumed') await wait(50);
  block(BLOCK_MS);
}

@MemoryCost('none')
@Processor('reports', { concurrency: 5 })
class Reports extends WorkerHost {
  process = work;
}

const job = (name: string) => ({ kind: 'job', name: `reports:${name}` }) as const;

describe('a job that blocks the event loop', () => {
  it('is named for certain when it does so before its first await, whoever runs besides', async () => {
    await start(Reports);
    await add('wait', 'wait');
    await wait(100);
    await add('build');
    const stall = await see({ certainty: 'certain', by: [job('build#3')], others: 0 });
    expect(stall.durationMs).toBeGreaterThanOrEqual(BLOCK_MS);
    expect(
      app.log.matching(/event loop blocked for \d+ms by job=reports:build#3 \(threshold 150ms\)/),
    ).not.toEqual([]);
  });

  it('is likely when it was resumed and no other runs', async () => {
    await start(Reports);
    await add('resumed');
    expect(await see({ certainty: 'likely', by: [job('resumed#1')] })).toMatchObject({ others: 0 });
  });

  it('is the first of those that ran when it was resumed beside others', async () => {
    await start(Reports);
    await add('wait');
    await wait(100);
    await add('resumed');
    expect(
      await see({
        certainty: 'one-of',
        by: [job('resumed#2'), job('wait#1')],
      }),
    ).toMatchObject({ others: 0 });
  });

  it('is named when Headroom does nothing else with it', async () => {
    @SkipResilience()
    @Processor('reports')
    class Skipped extends WorkerHost {
      process = work;
    }
    await start(Skipped);
    await add('build');
    expect(await see({ certainty: 'certain', by: [job('build#1')] })).toMatchObject({ others: 0 });
  });

  it('is named with the task in it that did so', async () => {
    @Processor('reports')
    class WithTask extends WorkerHost {
      process(): Promise<void> {
        this.render();
        return Promise.resolve();
      }
      @MemorySnapshot('render')
      render() {
        block(BLOCK_MS);
      }
    }
    await start(WithTask);
    await add('build');
    expect(
      await see({
        certainty: 'certain',
        by: [job('build#1'), { kind: 'method', name: 'render' }],
      }),
    ).toMatchObject({ others: 0 });
  });
});
