import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';

import { WorkObserver, type WorkRun } from '../vitals/index.js';

/** Announces the app's own start and end as tasks. */
@Injectable()
export class LifecycleSnapshots implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private readonly bootstrap: WorkRun;
  private shutdown: WorkRun | undefined;

  constructor(private readonly observer: WorkObserver) {
    this.bootstrap = observer.started('lifecycle', 'bootstrap');
  }

  onApplicationBootstrap(): void {
    this.observer.ended(this.bootstrap, 'ok');
  }

  onModuleDestroy(): void {
    this.shutdown = this.observer.started('lifecycle', 'shutdown');
  }

  onApplicationShutdown(): void {
    if (this.shutdown) this.observer.ended(this.shutdown, 'ok');
  }
}
