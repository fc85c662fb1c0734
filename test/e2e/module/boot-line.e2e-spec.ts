import { Injectable } from '@nestjs/common';
import { Interval, ScheduleModule } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { ResilienceModule, type ResilienceOptions, VitalsService } from 'nestjs-headroom';
import { describe, expect, it } from 'vitest';

import { RecordingLogger } from '../queue/recording-logger.js';
import { reportOf } from './run-app.js';

@Injectable()
class Nightly {
  @Interval(60_000)
  run(): void {}
}

interface BootLine {
  /** With its level in front. */
  readonly line: string;
  readonly heapMb: number;
}

async function bootLineOf(
  options: ResilienceOptions & { guard?: boolean },
  { withHttp = true } = {},
): Promise<BootLine> {
  const log = new RecordingLogger();
  const module = await Test.createTestingModule({
    imports: [ScheduleModule.forRoot(), ResilienceModule.forRoot(options)],
    providers: [Nightly],
  })
    .setLogger(log)
    .compile();
  const app = withHttp ? module.createNestApplication({ logger: log }) : module;
  await app.init();
  const heapMb = Math.round(app.get(VitalsService).limits.heapCeilingBytes / 1024 ** 2);
  await app.close();
  const lines = log.matching(/memory limit \d+MB/);
  if (lines.length !== 1) throw new Error(`${lines.length} boot lines: ${lines.join('\n')}`);
  return { line: lines[0]!, heapMb };
}

describe('the boot line', () => {
  it('tells limit, source, heap ceiling, budget and what is wrapped', async () => {
    const { line, heapMb } = await bootLineOf({ memory: { limit: '1gb' }, pressure: { critical: 0.85 } });
    expect(line).toContain(
      `memory limit 1024MB (option, memory.limit), heap ceiling ${heapMb}MB, budget 870MB; ` +
        'wrapped: all routes, 1 scheduled task',
    );
  });

  it('tells that routes are guarded one by one', async () => {
    const { line } = await bootLineOf({ guard: false });
    expect(line).toContain('; wrapped: routes with @UseGuards(MemoryBudgetGuard), 1 scheduled task');
  });

  it('leaves the routes out of an app without HTTP', async () => {
    const { line } = await bootLineOf({}, { withHttp: false });
    expect(line).toContain('; wrapped: 1 scheduled task');
  });

  it('says that it only observes', async () => {
    const { line } = await bootLineOf({ mode: 'observe' });
    expect(line).toMatch(/^(log|warn) observing only: memory limit/);
  });

  it('tells the limit of the system when none is given', async () => {
    const { line } = await bootLineOf({});
    expect(line).toMatch(
      /memory limit \d+MB \((machine|cgroup-v[12]|node|rlimit-data), [^)]+\), heap ceiling/,
    );
  });
});

/** The boot line of a process of its own whose heap may have so many MB, with `memory.limit` at 512 MB. */
async function bootLineWithHeapOf(mb: number): Promise<string> {
  const options = { memory: { limit: '512mb' } };
  const { lines } = await reportOf('context', options, `--max-old-space-size=${mb}`);
  return lines.find((line) => line.startsWith('memory limit')) ?? 'none';
}

describe('a heap ceiling above `memory.limit`, out of NODE_OPTIONS', () => {
  it('is told in the boot line, with a setting that mends it', async () => {
    const line = await bootLineWithHeapOf(2048);
    expect(line).toMatch(
      /^memory limit 512MB \(option, memory\.limit\), heap ceiling 2\d{3}MB, budget 461MB; wrapped: nothing; found: /,
    );
    expect(line).toMatch(
      /V8's heap ceiling of 2\d{3}MB \(--max-old-space-size=2048, NODE_OPTIONS\) is above the 512MB of the option memory\.limit/,
    );
    const [, advised] = /set --max-old-space-size=(\d+)\.$/.exec(line)!;
    expect(await bootLineWithHeapOf(Number(advised))).toMatch(/; wrapped: nothing$/);
  });
});
