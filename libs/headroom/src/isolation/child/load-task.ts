import type { Type } from '@nestjs/common';

import type { TaskPlace } from '../protocol/messages.js';
import type { TaskNestContext } from './nest-context.js';

/** What is called for each task. */
export interface LoadedTask {
  /** `job`: called as `process(job, token, signal)`; `data`: called as `task(data, context)`. */
  readonly takes: 'job' | 'data';
  readonly call: (...args: unknown[]) => unknown;
  readonly context: TaskNestContext | undefined;
}

/**
 * Loads the module of a task, and its application context when it has one.
 *
 * @throws when the module cannot be loaded, exports no such task, or a class needs a context that was not given
 */
export async function loadTask(place: TaskPlace): Promise<LoadedTask> {
  if (place.context) await (await import('./nest-context.js')).refuseWorkers();
  const found = (await import(place.url)) as Record<string, unknown>;
  const processor = place.processor === undefined ? undefined : (found[place.processor] ?? found.default);
  if (isClass(processor)) return loadProcessor(place, processor);
  const context = await contextOf(place);
  const call = found[place.exportName] ?? defaultOfCommonJs(found, place.exportName);
  if (typeof call !== 'function') throw new TypeError(describeMissing(place, found));
  return {
    takes: place.processor === undefined ? 'data' : 'job',
    call: call as LoadedTask['call'],
    context,
  };
}

async function loadProcessor(place: TaskPlace, processor: Type): Promise<LoadedTask> {
  if (!place.context && processor.length > 0) {
    throw new TypeError(
      `${processor.name} has dependencies, and runs isolated without a context. Give @IsolatedProcessor() a ` +
        '`context`: the module whose exports it needs',
    );
  }
  const context = await contextOf(place, processor);
  const host = (context ? context.get<unknown>(processor) : new processor()) as {
    process: LoadedTask['call'];
  };
  return { takes: 'job', call: (...args) => host.process(...args), context };
}

async function contextOf({ context }: TaskPlace, processor?: Type): Promise<TaskNestContext | undefined> {
  if (!context) return undefined;
  const { makeContext } = await import('./nest-context.js');
  return makeContext(context, processor);
}

function isClass(value: unknown): value is Type {
  return (
    typeof value === 'function' && typeof (value.prototype as { process?: unknown })?.process === 'function'
  );
}

/** `exports.default` of a CommonJS module that was compiled from an ES module. */
function defaultOfCommonJs(found: Record<string, unknown>, name: string): unknown {
  const { default: exported } = found;
  return typeof exported === 'object' && exported !== null
    ? (exported as Record<string, unknown>)[name]
    : undefined;
}

function describeMissing({ url, exportName, processor }: TaskPlace, found: Record<string, unknown>): string {
  const wanted = processor === undefined ? `"${exportName}"` : `"${processor}" or "${exportName}"`;
  const names = Object.keys(found).join(', ') || 'nothing';
  return `${url} exports no function ${wanted} that could run isolated; it exports ${names}`;
}
