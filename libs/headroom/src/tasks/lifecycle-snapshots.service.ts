import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';

import { NamedRun, WorkObserver, type WorkRun } from '../vitals/index.js';

/** Announces the app's own start and end as tasks. */
@Injectable()
export class LifecycleSnapshots implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private readonly bootstrap: WorkRun = new NamedRun('lifecycle', 'bootstrap');
  private shutdown: WorkRun | undefined;

  constructor(private readonly observer: WorkObserver) {
    observer.started(this.bootstrap);
  }

  onApplicationBootstrap(): void {
    this.observer.ended(this.bootstrap, 'ok');
  }

  onModuleDestroy(): void {
    this.shutdown = new NamedRun('lifecycle', 'shutdown');
    this.observer.started(this.shutdown);
  }

  onApplicationShutdown(): void {
    if (this.shutdown) this.observer.ended(this.shutdown, 'ok');
  }
}
