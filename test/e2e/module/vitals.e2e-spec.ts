import { Test, type TestingModule } from '@nestjs/testing';
import { ResilienceModule, type VitalsSample, VitalsService } from 'nestjs-headroom';
import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { firstValueFrom } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { RecordingLogger } from '../queue/recording-logger.js';
import { block } from '../queue/work.js';

const MB = 1024 ** 2;
const INTERVAL_MS = 100;

let module: TestingModule;
let vitals: VitalsService;

beforeEach(async () => {
  module = await Test.createTestingModule({
    imports: [ResilienceModule.forRoot({ vitals: { sampleIntervalMs: INTERVAL_MS } })],
  })
    .setLogger(new RecordingLogger())
    .compile();
  await module.init();
  vitals = module.get(VitalsService);
});
afterEach(() => module.close());

const nextSample = async (): Promise<VitalsSample> => firstValueFrom(vitals.samples);

describe('a sample', () => {
  it('tells how late it was taken', async () => {
    await nextSample();
    block(5 * INTERVAL_MS);
    const { samplerLateMs, eventLoop } = await nextSample();
    expect(samplerLateMs).toBeGreaterThan(3 * INTERVAL_MS);
    expect(samplerLateMs).toBeLessThan(50 * INTERVAL_MS);
    expect(eventLoop.maxDelayMs).toBeGreaterThan(3 * INTERVAL_MS);
  });

  it('is judged by its own window: a loop that rests after long work is not busy any more', async () => {
    await nextSample();
    block(10 * INTERVAL_MS);
    const { eventLoop: busy } = await nextSample();
    expect(busy.utilization).toBeGreaterThan(0.9);
    await nextSample();
    const rested: VitalsSample[] = [];
    for (let count = 0; count < 3; count++) rested.push(await nextSample());
    const least = Math.min(...rested.map(({ eventLoop }) => eventLoop.utilization));
    const leastDelayMs = Math.min(...rested.map(({ eventLoop }) => eventLoop.maxDelayMs));
    expect(least).toBeLessThan(0.4);
    expect(leastDelayMs).toBeLessThan(5 * INTERVAL_MS);
  });

  it('counts Buffers, as external memory and by themselves', () => {
    const before = vitals.sampleNow();
    const buffer = Buffer.alloc(32 * MB, 1);
    const after = vitals.sampleNow();
    expect(buffer).toHaveLength(32 * MB);
    expect(after.arrayBuffersBytes - before.arrayBuffersBytes).toBeGreaterThan(31 * MB);
    expect(after.externalBytes - before.externalBytes).toBeGreaterThan(31 * MB);
    expect(after.externalBytes).toBeGreaterThanOrEqual(after.arrayBuffersBytes);
    expect(after.rssBytes - before.rssBytes).toBeGreaterThan(16 * MB);
  });

  it('tells the heap and its ceiling', () => {
    const before = vitals.sampleNow();
    const kept = Array.from({ length: 1_000_000 }, (_, index) => ({ index }));
    const after = vitals.sampleNow();
    expect(kept).toHaveLength(1_000_000);
    expect(after.heapUsedBytes - before.heapUsedBytes).toBeGreaterThan(16 * MB);
    expect(after.heapCeilingBytes).toBeGreaterThan(after.heapUsedBytes);
  });

  it('tells what the machine could still give, where the kernel does', () => {
    const { machineAvailableBytes } = vitals.sampleNow();
    expect(machineAvailableBytes !== undefined).toBe(existsSync('/proc/meminfo'));
    expect(machineAvailableBytes ?? 1).toBeGreaterThan(0);
    expect(machineAvailableBytes ?? 1).toBeLessThan(totalmem());
  });

  it('is the same frozen object until the next one', () => {
    const sample = vitals.sampleNow();
    expect(vitals.last).toBe(sample);
    expect(Object.isFrozen(sample)).toBe(true);
    expect(vitals.sampleNow()).not.toBe(sample);
  });
});
