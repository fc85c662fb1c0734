import { ConfigurableModuleBuilder } from '@nestjs/common';

import { InvalidOptionsError } from './errors/index.js';
import { createHealthController } from './health/index.js';
import { IS_GUARDING, SkipMemoryBudget } from './http/index.js';
import type { ResilienceOptions } from './resilience-options.js';

/**
 * What changes the module graph: given to `forRoot()` among the options, and to `forRootAsync()` beside
 * `useFactory`, because a factory runs too late for it.
 *
 * @publicApi
 */
export interface ResilienceExtras {
  /**
   * Whether the providers can be injected everywhere without importing the module again.
   *
   * @default true
   */
  isGlobal?: boolean;
  /**
   * Whether `MemoryBudgetGuard` guards every route, and requests are shed before their body is read.
   *
   * @default true
   */
  guard?: boolean;
  /**
   * Serves `GET /health`, `/health/live` and `/health/ready`, or the same below another path.
   *
   * @default false
   */
  health?: boolean | { path: string };
}

/** Implemented by the class given to `forRootAsync({ useClass })` or `useExisting`. @publicApi */
export interface ResilienceOptionsFactory {
  createResilienceOptions(): ResilienceOptions | Promise<ResilienceOptions>;
}

export const {
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN: GIVEN_OPTIONS,
  OPTIONS_TYPE,
  ASYNC_OPTIONS_TYPE,
} = new ConfigurableModuleBuilder<ResilienceOptions>({ moduleName: 'Resilience' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createResilienceOptions')
  .setExtras<ResilienceExtras>(
    { isGlobal: true, guard: true, health: false },
    (definition, { isGlobal = true, guard = true, health = false }) => ({
      ...definition,
      global: trueOrFalse('isGlobal', isGlobal),
      providers: [
        ...(definition.providers ?? []),
        { provide: IS_GUARDING, useValue: trueOrFalse('guard', guard) },
      ],
      controllers: healthControllers(health),
    }),
  )
  .build();

const FACTORIES = ['useFactory', 'useClass', 'useExisting'];
const OF_THE_FACTORY = [...FACTORIES, 'inject', 'imports', 'provideInjectionTokensFrom'];
const BESIDE_THE_FACTORY = new Set([...OF_THE_FACTORY, 'isGlobal', 'guard', 'health']);

/** @throws {InvalidOptionsError} when they are no object */
export function checkGiven(options: unknown): void {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  throw new InvalidOptionsError([{ option: 'options', received: written(options), allowed: 'an object' }]);
}

/** What stands beside the factory by mistake would not be heeded. @throws {InvalidOptionsError} */
export function checkGivenAsync(options: object): void {
  checkGiven(options);
  const problems = Object.entries(options)
    .filter(([option]) => !BESIDE_THE_FACTORY.has(option))
    .map(([option, value]) => ({
      option,
      received: written(value),
      allowed: 'nothing beside the factory: it returns the options, but for isGlobal, guard and health',
    }));
  const given = FACTORIES.filter((factory) => factory in options);
  if (given.length !== 1) {
    problems.push({
      option: 'forRootAsync',
      received: given.join(' and ') || 'no factory',
      allowed: 'one of useFactory, useClass and useExisting',
    });
  }
  const { useFactory } = options as { readonly useFactory?: unknown };
  if (given.includes('useFactory') && typeof useFactory !== 'function') {
    problems.push({
      option: 'useFactory',
      received: written(useFactory),
      allowed: 'a function that returns the options',
    });
  }
  if (problems.length > 0) throw new InvalidOptionsError(problems);
}

function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

function trueOrFalse(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new InvalidOptionsError([{ option, received: written(value), allowed: 'true, false' }]);
}

function healthControllers(health: boolean | { path: string }) {
  if (health === false) return [];
  const path: unknown = health === true ? '/health' : health?.path;
  const isKnown = health === true || Object.keys(health ?? {}).every((key) => key === 'path');
  if (typeof path !== 'string' || !path.startsWith('/') || !isKnown) {
    throw new InvalidOptionsError([
      { option: 'health', received: written(health), allowed: "true, false or { path: '/health' }" },
    ]);
  }
  const controller = createHealthController(path);
  SkipMemoryBudget()(controller);
  return [controller];
}
