import {
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

type Step = () => Promise<void> | void;

/** Runs before any other `onModuleInit()` of the app, and after any other `onApplicationShutdown()`. */
@Injectable()
export class FirstAndLast implements OnModuleInit, OnApplicationShutdown {
  private readonly first: Step[] = [];
  private readonly last: Step[] = [];

  constructor(modules: ModulesContainer) {
    // NOTE: Nest begins to init with the module of the greatest distance, and ends its shutdown with it. Global ones
    // have Number.MAX_VALUE.
    setDistance(modules, FirstAndLastModule, Infinity);
  }

  /** Adds what is done before all else starts. What it throws fails the start of the app. */
  addFirst(step: Step): void {
    this.first.push(step);
  }

  /** Adds what is done when all else has ended. Must not throw. */
  addLast(step: Step): void {
    this.last.push(step);
  }

  async onModuleInit(): Promise<void> {
    for (const step of this.first) await step();
  }

  async onApplicationShutdown(): Promise<void> {
    for (const step of this.last) await step();
  }
}

/** Runs after any other `onApplicationBootstrap()` of the app. */
@Injectable()
export class BootstrapEnd implements OnApplicationBootstrap {
  private readonly steps: (() => void)[] = [];

  constructor(modules: ModulesContainer) {
    setDistance(modules, BootstrapEndModule, -Infinity);
  }

  /** Adds what is done when the app is up. Must not throw. */
  add(step: () => void): void {
    this.steps.push(step);
  }

  onApplicationBootstrap(): void {
    for (const step of this.steps) step();
  }
}

function setDistance(modules: ModulesContainer, metatype: object, distance: number): void {
  for (const module of modules.values()) if (module.metatype === metatype) module.distance = distance;
}

/** Modules of their own, because Nest orders modules and not providers. */
@Module({ providers: [FirstAndLast], exports: [FirstAndLast] })
export class FirstAndLastModule {}

@Module({ providers: [BootstrapEnd], exports: [BootstrapEnd] })
export class BootstrapEndModule {}
