import { Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

/** Nest destroys modules in the order of their distance from the root module, which has 0. */
const BEFORE_THE_ROOT = -1;

/**
 * Runs before any other `onModuleDestroy()` of the app, whatever the order of imports: a database module that
 * closes there must not close under jobs that run.
 */
@Injectable()
export class ShutdownStart implements OnModuleDestroy {
  private readonly steps: (() => Promise<void>)[] = [];

  constructor(modules: ModulesContainer) {
    // NOTE: Nest sorts the modules once, after all constructors and before the first hook.
    for (const module of modules.values()) {
      if (module.metatype === ShutdownModule) module.distance = BEFORE_THE_ROOT;
    }
  }

  /** Adds what is to be done first when the app closes. */
  add(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  async onModuleDestroy(): Promise<void> {
    for (const step of this.steps) await step();
  }
}

/** A module of its own, because Nest orders modules and not providers. */
@Module({ providers: [ShutdownStart], exports: [ShutdownStart] })
export class ShutdownModule {}
