import { BullModule } from '@nestjs/bullmq';
import type { INestApplication, ModuleMetadata, Provider, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Queue } from 'bullmq';
import { PressureService, type ResilienceOptions, ResilienceModule, WorkerRegistry } from 'nestjs-headroom';

import type { TestRedis } from '../../support/redis.js';
import { RecordingLogger } from './recording-logger.js';

export interface QueueAppOptions {
  readonly redis: TestRedis;
  readonly queues: readonly Parameters<typeof BullModule.registerQueue>[0][];
  readonly providers?: readonly Provider[];
  readonly controllers?: readonly Type[];
  readonly imports?: ModuleMetadata['imports'];
  readonly resilience?: ResilienceOptions & { health?: boolean };
  /** Of an app with the same queues. @default a new one */
  readonly prefix?: string;
}

let appCount = 0;

/** A Nest app with queues on a real Redis, under a key prefix of its own. */
export class QueueApp {
  private constructor(
    readonly app: INestApplication,
    readonly url: string,
    readonly connection: { url: string },
    readonly prefix: string,
    readonly log: RecordingLogger,
  ) {}

  static async start(options: QueueAppOptions): Promise<QueueApp> {
    const connection = { url: options.redis.url };
    const prefix = options.prefix ?? `test-${process.pid}-${++appCount}`;
    const log = new RecordingLogger();
    const module = await Test.createTestingModule({
      imports: [
        BullModule.forRoot({ connection, prefix }),
        ...options.queues.map((queue) => BullModule.registerQueue(queue)),
        ResilienceModule.forRoot({ health: true, ...options.resilience }),
        ...(options.imports ?? []),
      ],
      providers: [...(options.providers ?? [])],
      controllers: [...(options.controllers ?? [])],
    })
      .setLogger(log)
      .compile();
    const app = module.createNestApplication({ logger: log });
    await app.listen(0, '127.0.0.1');
    return new QueueApp(app, await app.getUrl(), connection, prefix, log);
  }

  get pressure(): PressureService {
    return this.app.get(PressureService);
  }

  get workers(): WorkerRegistry {
    return this.app.get(WorkerRegistry);
  }

  /** A queue of its own, that outlives the app. */
  queue(name: string): Queue {
    return new Queue(name, { connection: this.connection, prefix: this.prefix });
  }

  close(): Promise<void> {
    return this.app.close();
  }
}
