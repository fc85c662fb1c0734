import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';

import type { TaskPlace } from '../protocol/messages.js';

/** The part of an application context that tasks need. */
export type TaskNestContext = Pick<INestApplicationContext, 'get' | 'close'>;

/**
 * Makes an application context of the module that the task's `context` names, with the processor class as a provider
 * beside it. Nest is loaded here only.
 */
export async function makeContext(
  { url, exportName }: NonNullable<TaskPlace['context']>,
  processor?: Type,
): Promise<TaskNestContext> {
  const [{ NestFactory }, found] = await Promise.all([
    import('@nestjs/core'),
    import(url) as Promise<Record<string, unknown>>,
  ]);
  const module = found[exportName];
  if (typeof module !== 'function') {
    throw new TypeError(`the context of an isolated task: ${url} exports no module named "${exportName}"`);
  }
  const root: DynamicModule = {
    module: class IsolatedTaskModule {},
    imports: [module as Type],
    providers: processor ? [processor] : [],
  };
  const app = await NestFactory.createApplicationContext(root, {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  refuseSchedules(app);
  return app;
}

/**
 * A context that registers processors would take jobs of its own, in a process that is made for one task. To be called
 * before the module is loaded: the class of its workers is chosen as its queues are registered.
 */
export async function refuseWorkers(): Promise<void> {
  const installed = await import('@nestjs/bullmq').catch(() => undefined);
  if (!installed) return;
  installed.BullModule.workerClass = class {
    constructor(queue: string) {
      throw new Error(
        `the context of an isolated task registers a worker for the queue "${queue}". Name a module that exports ` +
          'the providers which the task needs, without the processors',
      );
    }
  };
}

function refuseSchedules(app: INestApplicationContext): void {
  const registry = registryOf(app);
  const names = registry ? [...registry.getCronJobs().keys(), ...registry.getIntervals()] : [];
  if (names.length === 0) return;
  throw new Error(
    `the context of an isolated task runs schedules (${names.join(', ')}). Name a module that exports the ` +
      'providers which the task needs, without the schedules',
  );
}

interface Registry {
  getCronJobs(): ReadonlyMap<string, unknown>;
  getIntervals(): readonly string[];
}

/** By its name: the package may be absent. */
function registryOf(app: INestApplicationContext): Registry | undefined {
  const { container } = app as unknown as { container: { getModules(): Map<string, ModuleLike> } };
  for (const { providers } of container.getModules().values()) {
    for (const [token, { instance }] of providers) {
      if (typeof token === 'function' && token.name === 'SchedulerRegistry') return instance as Registry;
    }
  }
  return undefined;
}

interface ModuleLike {
  readonly providers: ReadonlyMap<unknown, { readonly instance: unknown }>;
}
