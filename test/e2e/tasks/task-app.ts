import type { Provider } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  OnTaskEnd,
  OnTaskStart,
  ResilienceModule,
  type ResilienceOptions,
  type TaskEndFacts,
  type TaskStartFacts,
} from 'nestjs-headroom';

import { RecordingLogger } from '../queue/recording-logger.js';

/** A listener of the app, as a metrics exporter would be. */
export class TaskWatcher {
  readonly starts: TaskStartFacts[] = [];
  readonly ends: TaskEndFacts[] = [];

  @OnTaskStart()
  started(facts: TaskStartFacts): void {
    this.starts.push(facts);
  }

  @OnTaskEnd()
  ended(facts: TaskEndFacts): void {
    this.ends.push(facts);
  }
}

/** An app without a port, with its task lines and what its watcher was told. */
export class TaskApp {
  private constructor(
    readonly module: TestingModule,
    readonly log: RecordingLogger,
  ) {}

  static async start(
    providers: readonly Provider[] = [],
    tasks: ResilienceOptions['tasks'] = {},
    { resilienceFirst = false } = {},
  ): Promise<TaskApp> {
    const log = new RecordingLogger();
    const resilience = ResilienceModule.forRoot({
      vitals: { sampleIntervalMs: 50 },
      tasks: { maxLinesPerSecond: 1000, ...tasks },
    });
    const schedule = ScheduleModule.forRoot();
    const module = await Test.createTestingModule({
      imports: resilienceFirst ? [resilience, schedule] : [schedule, resilience],
      providers: [TaskWatcher, ...providers],
    })
      .setLogger(log)
      .compile();
    await module.init();
    return new TaskApp(module, log);
  }

  get watcher(): TaskWatcher {
    return this.module.get(TaskWatcher);
  }

  /** Task lines, with their level, of all tasks or of those with this label. */
  lines(label = ''): string[] {
    return this.log.matching(/ task (start|end) mem /).filter((line) => line.endsWith(label));
  }

  close(): Promise<void> {
    return this.module.close();
  }
}
