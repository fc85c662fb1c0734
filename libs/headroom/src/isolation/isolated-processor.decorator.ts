import { Inject, SetMetadata } from '@nestjs/common';
import type { Job } from 'bullmq';

import { MEMORY_COST } from '../admission/index.js';
import { IsolatedTaskRunner } from './isolated-task-runner.service.js';
import { readSettings } from './parent/read-settings.js';
import { moduleUrl } from './parent/task-place.js';
import { isInsideChild } from './protocol/inside-child.js';
import type { IsolationSettings } from './run-options.js';

const RUNNER = Symbol('resilience:isolated-task-runner');

/**
 * On a `@Processor()` class: `process(job)` runs in a child process. Progress, log lines, result and AbortSignal are
 * carried across; of the job's other methods those that BullMQ's own sandbox has, and `extendLock()`. The child loads
 * the file of the class and makes the class anew: without dependencies, or with those that `context` exports.
 *
 * @param module the file that exports the class: `import.meta.url` in the class's own file (`__filename` in CommonJS); or
 *   another one, whose default export is then called as `process(job, token, signal)`
 * @example
 * ```ts
 * @Processor('reports')
 * @IsolatedProcessor(import.meta.url, { heap: '512mb', timeoutMs: 60_000 })
 * export class ReportsProcessor extends WorkerHost {
 *   async process(job: Job) { ... }
 * }
 * ```
 * @throws {TypeError} when decorating: for a file that is not there, or a class without a method `process()`
 * @throws {InvalidOptionsError} when decorating, for settings that cannot be used
 * @publicApi
 */
export function IsolatedProcessor(module: string | URL, settings: IsolationSettings = {}): ClassDecorator {
  return (target) => {
    if (isInsideChild()) return;
    const prototype = target.prototype as Partial<ProcessorLike>;
    if (typeof prototype.process !== 'function') {
      throw new TypeError(`@IsolatedProcessor(): ${target.name} has no method process()`);
    }
    moduleUrl(module, '@IsolatedProcessor()');
    readSettings(settings, '@IsolatedProcessor()');
    const place = { module, processor: target.name, settings };
    Inject(IsolatedTaskRunner)(prototype, RUNNER);
    // What the job takes, it takes in the child, where it is set aside for.
    SetMetadata(MEMORY_COST, 'none')(target);
    // NOTE: with three parameters, else BullMQ gives no AbortSignal.
    prototype.process = async function process(job, token, signal) {
      return this[RUNNER].runJob(place, job, token, signal);
    };
  };
}

interface ProcessorLike {
  [RUNNER]: IsolatedTaskRunner;
  process(this: ProcessorLike, job: Job, token?: string, signal?: AbortSignal): Promise<unknown>;
}
