import { BullModule, getQueueToken } from '@nestjs/bullmq';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import type { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { BATCHES_QUEUE } from '../../../sample-app/src/batches/batches.queue.js';
import { BatchesService } from '../../../sample-app/src/batches/batches.service.js';
import { NightlyBatch } from '../../../sample-app/src/batches/nightly-batch.js';
import { startRedis, type TestRedis } from '../../support/redis.js';

describe('the nightly batch of the sample app', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  /** As in a process of its own. */
  async function startApp() {
    const { url } = redis;
    const module = await Test.createTestingModule({
      imports: [
        ScheduleModule.forRoot(),
        BullModule.forRoot({ connection: { url } }),
        BullModule.registerQueue({ name: BATCHES_QUEUE }),
      ],
      providers: [BatchesService, NightlyBatch],
    }).compile();
    const app = module.createNestApplication({ logger: false });
    await app.init();
    onTestFinished(() => app.close());
    return app;
  }

  it('is due at half past three', async () => {
    const job = (await startApp()).get(SchedulerRegistry).getCronJob('nightly-batch');
    const due = job.nextDate();
    expect([due.hour, due.minute, due.second]).toEqual([3, 30, 0]);
  });

  it('is started once, by whichever process comes first', async () => {
    const apps = [await startApp(), await startApp()];
    await Promise.all(apps.map((app) => app.get(NightlyBatch).start()));
    const queue = apps[0]!.get<Queue>(getQueueToken(BATCHES_QUEUE));
    const [batch, ...others] = await queue.getWaiting();
    expect(others).toEqual([]);
    expect(batch!.id).toMatch(/^nightly-\d{4}-\d{2}-\d{2}$/);
    expect(batch!.data).toEqual({ startedBy: 'cron' });
    expect(await apps[0]!.get(BatchesService).progress('latest')).toMatchObject({
      id: batch!.id,
      state: 'waiting',
    });
  });
});
