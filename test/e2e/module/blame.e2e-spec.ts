import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Controller, Get, Param } from '@nestjs/common';
import { Interval, ScheduleModule } from '@nestjs/schedule';
import type { Job, Queue } from 'bullmq';
import {
  EventLoopStalls,
  type LoopStall,
  MemoryCost,
  MemorySnapshot,
  type StallCertainty,
} from 'nestjs-headroom';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { startRedis, type TestRedis } from '../../support/redis.js';
import { QueueApp } from '../queue/queue-app.js';
import { block } from '../queue/work.js';

const STALLS = 60;
const BLOCK_MS = 80;

/** What blocked the loop in truth: noted by the code that did. */
interface Truth {
  readonly label: string;
  readonly isResumed: boolean;
  readonly endedAt: number;
  readonly tookMs: number;
}

const truths: Truth[] = [];

function blockAs(label: string, isResumed: boolean): void {
  const startedAt = performance.now();
  block(BLOCK_MS);
  truths.push({ label, isResumed, endedAt: Date.now(), tookMs: performance.now() - startedAt });
}

/** One that is always busy a little, as neighbours are. */
async function innocent(): Promise<void> {
  for (let step = 0; step < 10; step++) {
    block(1 + Math.random() * 2);
    await wait(5 + Math.random() * 20);
  }
}

/** Blocks before its first await, or when it was resumed. */
async function guilty(label: string, isResumed: boolean): Promise<void> {
  if (isResumed) await wait(5 + Math.random() * 10);
  blockAs(label, isResumed);
  if (!isResumed) await wait(5);
}

@Controller()
class WorkController {
  @Get('calm/:id')
  async calm() {
    await innocent();
    return 'done';
  }
  @Get('heavy/:how')
  async heavy(@Param('how') how: string) {
    await guilty('request=GET /heavy/:how', how === 'resumed');
    return 'done';
  }
}

@MemoryCost('none')
@Processor('work', { concurrency: 6 })
class WorkProcessor extends WorkerHost {
  async process({ name, id }: Job) {
    if (name === 'calm') return innocent();
    await guilty(`job=work:${name}#${id}`, name === 'resumed');
  }
}

class Clockwork {
  due: 'at-once' | 'resumed' | undefined;

  @Interval(10)
  async tick() {
    const { due } = this;
    this.due = undefined;
    if (due) await guilty('interval=Clockwork.tick', due === 'resumed');
  }

  @MemorySnapshot('sum')
  async sum(how: string) {
    await guilty('method=sum', how === 'resumed');
  }
}

let redis: TestRedis;
let app: QueueApp;
let queue: Queue;
const stalls: LoopStall[] = [];
const end = new AbortController();

beforeAll(async () => {
  redis = await startRedis();
  app = await QueueApp.start({
    redis,
    queues: [{ name: 'work' }],
    providers: [WorkProcessor, Clockwork],
    controllers: [WorkController],
    imports: [ScheduleModule.forRoot()],
    resilience: {
      eventLoop: { stallMs: 50 },
      tasks: { log: false },
      pressure: { maxEventLoopDelayMs: false },
    },
  });
  queue = app.queue('work');
  await wait(200);
  app.app.get(EventLoopStalls).stalls.subscribe((stall) => stalls.push(stall));
});
afterAll(async () => {
  await queue.close();
  await app.close();
  await redis.stop();
});

/** Jobs and requests that come and go for as long as the spec takes. */
async function neighbours(): Promise<void> {
  for (let id = 0; !end.signal.aborted; id++) {
    void fetch(`${app.url}/calm/${id}`).then((response) => response.text());
    await queue.add('calm', {}, { removeOnComplete: true });
    await wait(60);
  }
}

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)]!;
}

async function commit(): Promise<void> {
  const how = pick(['at-once', 'resumed'] as const);
  const clockwork = app.app.get(Clockwork);
  switch (pick(['job', 'request', 'interval', 'method'] as const)) {
    case 'job':
      await queue.add(how, {});
      break;
    case 'request':
      await (await fetch(`${app.url}/heavy/${how}`)).text();
      break;
    case 'interval':
      clockwork.due = how;
      break;
    case 'method':
      await clockwork.sum(how);
  }
}

const labels = ({ by }: LoopStall) => by.map(({ kind, name }) => `${kind}=${name}`);

/** Whether nobody is blamed who had nothing to do with it. */
function isJust(stall: LoopStall, { label }: Truth): boolean {
  switch (stall.certainty) {
    case 'certain':
    case 'likely':
      return labels(stall)[0] === label;
    case 'one-of':
      return labels(stall).includes(label);
    case 'several':
    case 'stopped':
    case 'unknown':
      return true;
    default:
      return stall.certainty satisfies never;
  }
}

interface Told {
  readonly truth: Truth;
  readonly stall: LoopStall;
}

/** What was told of each. Where it was not most of a stall, the machine was busy, and others were held up for longer. */
function tell(): Told[] {
  return truths.flatMap((truth) => {
    const stall = stalls.find(({ at, durationMs }) => at >= truth.endedAt && at - durationMs < truth.endedAt);
    return stall && truth.tookMs > stall.durationMs * 0.8 ? [{ truth, stall }] : [];
  });
}

function shareOf(told: readonly Told[], ...certainties: StallCertainty[]): number {
  return told.filter(({ stall }) => certainties.includes(stall.certainty)).length / told.length;
}

it(`names who blocked the event loop, or those of whom it was one, in ${STALLS} stalls among busy neighbours`, async () => {
  const background = neighbours();
  while (tell().length < STALLS) {
    const before = truths.length;
    await commit();
    while (truths.length === before) await wait(5);
    await wait(60 + Math.random() * 30);
  }
  end.abort();
  await background;

  const told = tell();
  expect(told.filter(({ truth, stall }) => !isJust(stall, truth))).toEqual([]);
  const atOnce = told.filter(({ truth }) => !truth.isResumed);
  const resumed = told.filter(({ truth }) => truth.isResumed);
  expect(shareOf(atOnce, 'certain')).toBeGreaterThan(0.8);
  expect(shareOf(resumed, 'likely', 'one-of')).toBeGreaterThan(0.8);
}, 90_000);
