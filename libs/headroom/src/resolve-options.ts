import { readDrainOptions } from './options/drain.options.js';
import { readEventLoopOptions } from './options/event-loop.options.js';
import { readHttpOptions } from './options/http.options.js';
import { readIsolationOptions } from './options/isolation.options.js';
import { readMemoryOptions } from './options/memory.options.js';
import { OptionReader } from './options/option-reader.js';
import { readPressureOptions } from './options/pressure.options.js';
import { readProbeOptions } from './options/probe.options.js';
import { readQueueOptions } from './options/queue.options.js';
import { readRecycleOptions } from './options/recycle.options.js';
import { readTasksOptions } from './options/tasks.options.js';
import { readTurnGateOptions } from './options/turn-gate.options.js';
import { readVitalsOptions } from './options/vitals.options.js';
import { readWarmUpOptions } from './options/warm-up.options.js';
import type { ResilienceOptions, ResolvedResilienceOptions } from './resilience-options.js';

/**
 * Fills in defaults and checks every value.
 *
 * @throws {InvalidOptionsError} naming each wrong option, what was received and what is allowed
 */
export function resolveOptions(options: ResilienceOptions = {}): ResolvedResilienceOptions {
  const read = new OptionReader(options);
  for (const extra of ['guard', 'health', 'isGlobal']) {
    read.forbid(
      extra,
      'beside useFactory in forRootAsync(): it changes the module graph, a factory runs too late for it',
    );
  }
  const resolved: ResolvedResilienceOptions = {
    mode: read.oneOf('mode', ['enforce', 'observe'], 'enforce'),
    memory: readMemoryOptions(read),
    vitals: readVitalsOptions(read),
    pressure: readPressureOptions(read),
    eventLoop: readEventLoopOptions(read),
    turnGate: readTurnGateOptions(read),
    queue: readQueueOptions(read),
    http: readHttpOptions(read),
    tasks: readTasksOptions(read),
    isolation: readIsolationOptions(read),
    drain: readDrainOptions(read),
    recycle: readRecycleOptions(read),
    probe: readProbeOptions(read),
    warmUp: readWarmUpOptions(read),
    systemd: read.oneOf('systemd', [true, false], true),
  };
  read.finish();
  return deepFreeze(resolved);
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
