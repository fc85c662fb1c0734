import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';

import { SafeLogger } from '../listeners/index.js';

/** Hooks are often enabled after `app.listen()`. */
const LOOK_AFTER_MS = 1000;

/**
 * Warns when SIGTERM would end the process at once: without `app.enableShutdownHooks()` no hook of the app runs.
 */
@Injectable()
export class ShutdownHooksCheck implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new SafeLogger('Headroom');
  private timer: NodeJS.Timeout | undefined;

  onApplicationBootstrap(): void {
    this.timer = setTimeout(() => this.look(), LOOK_AFTER_MS).unref();
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
  }

  private look(): void {
    if (process.listenerCount('SIGTERM') > 0) return;
    this.logger.warn(
      'nothing listens to SIGTERM, so a deployment or restart cuts running jobs and requests off: ' +
        'call app.enableShutdownHooks() in main.ts.',
    );
  }
}
