import { OptionReader } from '../../options/option-reader.js';
import { MAX_TIMER_MS } from '../../options/bounds.js';
import type { OptionsPlace } from '../../errors/index.js';
import type { IsolationSettings } from '../run-options.js';

const MB = 1024 ** 2;

/** {@link IsolationSettings}, checked; what was left out is left to the module's options. */
export interface ReadSettings {
  readonly name: string | undefined;
  readonly heapBytes: number | undefined;
  readonly memoryBytes: number | undefined;
  /** `undefined`: as the module says; `false`: without end. */
  readonly timeoutMs: number | false | undefined;
  readonly isWarm: boolean;
  readonly context: { readonly module: string | URL; readonly export: string } | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** What belongs to one run, and not to a kind of task. */
const OF_ONE_RUN = ['export', 'signal', 'onProgress', 'onLog'];

/** @throws {InvalidOptionsError} naming each wrong setting, what was received and what is allowed */
export function readSettings(settings: IsolationSettings, of: string): ReadSettings {
  const read = new OptionReader(settings);
  const place: OptionsPlace = {
    failure: `${of} cannot run a task`,
    advice: `Correct the options given to ${of}.`,
  };
  for (const own of OF_ONE_RUN) read.ignore(own);
  const given: ReadSettings = {
    name: read.text('name', 'a text'),
    heapBytes: read.bytes('heap', 16 * MB),
    memoryBytes: read.bytes('memory', 32 * MB),
    timeoutMs:
      settings.timeoutMs === undefined
        ? undefined
        : read.numberOrFalse('timeoutMs', { min: 1, max: MAX_TIMER_MS }, false),
    isWarm: read.oneOf('warm', [true, false], false),
    context: settings.context,
    env: settings.env ?? {},
  };
  read.ignore('timeoutMs');
  read.ignore('context');
  read.ignore('env');
  if (given.context !== undefined && !isContext(given.context)) {
    read.reject('context', given.context, "{ module: './reports.module.js', export: 'ReportsModule' }");
  }
  read.finish(place);
  return given;
}

function isContext(context: unknown): boolean {
  const { module, export: name } = Object(context) as Record<string, unknown>;
  return (typeof module === 'string' || module instanceof URL) && typeof name === 'string';
}
