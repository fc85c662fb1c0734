import { inspect } from 'node:util';
import type { ExitFacts, ExitMemory } from './exit-facts.js';
import { type ExitStatus, readStatus } from './exit-status.js';
import { type FatalWords, findFatalWords } from './fatal-words.js';
import { withoutSecrets } from './secrets.js';
import type { Surroundings } from './surroundings.js';
import { findUncaught, type UncaughtError } from './uncaught-error.js';

/** What is held against the rules: facts of the right types, and what stderr says. */
export interface KnownFacts {
  readonly status: ExitStatus;
  readonly stderr: string | undefined;
  readonly fatal: FatalWords | undefined;
  readonly uncaught: UncaughtError | undefined;
  readonly error: KnownError | undefined;
  readonly endedBy: ExitFacts['endedBy'];
  readonly timeoutMs: number | undefined;
  readonly oomKills: number | undefined;
  readonly phase: ExitFacts['phase'];
  readonly memory: ExitMemory;
  readonly heapSetting: string | undefined;
  readonly surroundings: Surroundings | undefined;
  readonly isThread: boolean;
}

export interface KnownError {
  readonly code: string | undefined;
  readonly syscall: string | undefined;
  /** `TypeError: x is not a function`; one line. */
  readonly thrown: string;
}

const MAX_STDERR = 64 * 1024;
const MEMORY_KEYS = [
  'startRssBytes',
  'lastRssBytes',
  'endRssBytes',
  'peakRssBytes',
  'lastHeapUsedBytes',
  'heapCeilingBytes',
  'limitBytes',
] as const satisfies readonly (keyof ExitMemory)[];

export function readFacts(facts: ExitFacts): KnownFacts {
  const stderr = readStderr(facts.stderr);
  return {
    status: readStatus(numberOf(facts.code) ?? null, textOf(facts.signal) ?? null),
    stderr,
    fatal: stderr === undefined ? undefined : findFatalWords(stderr),
    uncaught: stderr === undefined ? undefined : findUncaught(stderr),
    error: readError(facts.error),
    endedBy: facts.endedBy,
    timeoutMs: numberOf(facts.timeoutMs),
    oomKills: numberOf(facts.oomKills),
    phase: facts.phase,
    memory: readMemory(facts.memory),
    heapSetting: textOf(facts.heapSetting),
    surroundings: facts.surroundings,
    isThread: facts.isThread === true,
  };
}

/** One line of bounded length, for a sentence. */
export function oneLine(text: string, maxLength = 200): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
}

function readStderr(stderr: unknown): string | undefined {
  const text = textOf(stderr)?.slice(-MAX_STDERR).replaceAll('\r', '');
  return text === undefined ? undefined : withoutSecrets(text, {});
}

/** Anything can be thrown; what comes from another process is no `Error`, but has its parts. */
function readError(error: unknown): KnownError | undefined {
  if (error === undefined || error === null) return undefined;
  try {
    const { code, syscall, name, message } = Object(error) as Partial<Record<string, unknown>>;
    const said = textOf(message);
    const thrown = said === undefined ? inspect(error, { depth: 0 }) : `${textOf(name) || 'Error'}: ${said}`;
    return { code: textOf(code), syscall: textOf(syscall), thrown: oneLine(withoutSecrets(thrown, {})) };
  } catch {
    return { code: undefined, syscall: undefined, thrown: 'a value that cannot be shown' };
  }
}

function readMemory(memory: ExitMemory | undefined): ExitMemory {
  const known = MEMORY_KEYS.flatMap((key) => {
    const bytes = numberOf(memory?.[key]);
    return bytes !== undefined && bytes > 0 ? [[key, bytes]] : [];
  });
  return Object.fromEntries(known) as ExitMemory;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
