import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService, HttpAdapterHost, MetadataScanner } from '@nestjs/core';

import { findRivalsOfHealth } from './boot-report-rivals.js';
import { isHealthController } from './health/index.js';
import { findMisplacedOfRoutes, NestRoutes } from './http/index.js';
import { guarded, SafeLogger } from './listeners/index.js';

/** Tells what was written and has no effect, or not the one that was meant. */
@Injectable()
export class BootWarnings implements OnApplicationBootstrap {
  private readonly logger = new SafeLogger('Headroom');

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly routes: NestRoutes,
  ) {}

  onApplicationBootstrap(): void {
    guarded(this.logger, 'looking for what has no effect', () => {
      for (const sentence of this.find()) this.logger.warn(sentence);
    })();
  }

  private find(): string[] {
    const misplaced = findMisplacedOfRoutes(this.discovery, this.scanner);
    if (!this.adapterHost.httpAdapter) return misplaced;
    return [...misplaced, ...findRivalsOfHealth(this.routes.list(), isHealthController)];
  }
}
