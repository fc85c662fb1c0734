import { type ExitFacts, explainExit, oomKills, withoutSecrets } from '../../diagnosis/index.js';
import type { Surroundings } from '../../diagnosis/index.js';
import type { SafeLogger } from '../../listeners/index.js';
import { NamedRun, type WorkObserver, type WorkRun } from '../../vitals/index.js';
import { IsolatedTaskError } from '../isolated-task.error.js';
import type { ChildOutcome } from './child-outcome.js';
import type { ChildPool } from './child-pool.js';
import type { ChildSlot } from './child-slot.js';
import type { TaskRequest } from './task-request.js';

/** What all runs share. */
export interface RunContext {
  readonly pool: ChildPool;
  readonly observer: WorkObserver;
  readonly surroundings: Surroundings | undefined;
  readonly maxPayloadBytes: number;
  readonly killAfterMs: number;
  readonly logger: SafeLogger;
  /** Aborts when the app closes: who waits then does not start. */
  readonly closing: AbortSignal;
}

/** A task that waits for so long may wait for what itself waits for it: memory that its own job has set aside. */
const TELL_AFTER_MS = 30_000;

let lastId = 0;

/**
 * Waits for a child, and runs the task in it. A child that died before the task began has done nothing of it, so the
 * task is given to another, once.
 *
 * @throws {IsolatedTaskError} when the process died or was ended
 * @throws what the task throws
 */
export async function runRequest(request: TaskRequest, context: RunContext): Promise<unknown> {
  const since = performance.now();
  let attempt = await runOnce(request, context);
  if (attempt.outcome.kind === 'not-started') attempt = await runOnce(request, context);
  const { outcome, pid } = attempt;
  if (outcome.kind === 'done') return outcome.result;
  if (outcome.kind === 'threw') throw outcome.error;
  throw diagnose(request, pid, outcome.facts, performance.now() - since, context.surroundings);
}

async function runOnce(
  request: TaskRequest,
  context: RunContext,
): Promise<{ readonly outcome: ChildOutcome; readonly pid: number | undefined }> {
  const slot = await turnOf(request, context);
  const { child } = slot;
  const { observer } = context;
  let run: WorkRun | undefined;
  const outcome = await child.run(++lastId, {
    ...request,
    maxResultBytes: context.maxPayloadBytes,
    killAfterMs: context.killAfterMs,
    started: (memory) => {
      run = new NamedRun('isolated', `${request.spec.name} pid=${child.pid}`);
      observer.started(run, memory);
    },
  });
  if (run) {
    const end = child.endMemory;
    if (outcome.kind === 'done') observer.ended(run, 'ok', undefined, end);
    else observer.ended(run, 'failed', errorOf(outcome), end);
  }
  context.pool.leave(slot, request.isWarm);
  return { outcome, pid: child.pid };
}

async function turnOf(request: TaskRequest, { pool, closing, logger }: RunContext): Promise<ChildSlot> {
  const { spec, cost, signal } = request;
  signal?.throwIfAborted();
  const closed = () => diagnose(request, undefined, { code: null, signal: null, endedBy: 'shutdown' }, 0);
  if (closing.aborted) throw closed();
  let leave: (() => void) | undefined;
  const stops: (() => void)[] = [];
  const timer = setTimeout(() => logger.warn(describeWait(spec.name, pool)), TELL_AFTER_MS).unref();
  try {
    return await new Promise<ChildSlot>((resolve, reject) => {
      const onAbort = (of: AbortSignal, error: () => Error) => {
        const stop = () => reject(error());
        of.addEventListener('abort', stop, { once: true });
        stops.push(() => of.removeEventListener('abort', stop));
      };
      onAbort(closing, closed);
      if (signal) onAbort(signal, () => signal.reason as Error);
      leave = pool.enter({ spec, cost, since: performance.now(), start: resolve, fail: reject });
    });
  } finally {
    clearTimeout(timer);
    for (const stop of stops) stop();
    leave?.();
  }
}

function describeWait(name: string, pool: ChildPool): string {
  return (
    `isolated task ${name} has waited for ${TELL_AFTER_MS / 1000} s: ${pool.size} children run, ${pool.waitingTasks} tasks ` +
    'wait for one or for memory (MemoryLedger.log() tells who has it). Raise isolation.maxChildren or the memory limit, ' +
    'or let tasks take less'
  );
}

function errorOf(outcome: ChildOutcome): unknown {
  if (outcome.kind === 'threw') return outcome.error;
  return Object.assign(new Error('its process died'), { name: 'IsolatedTaskError' });
}

function diagnose(
  { spec }: TaskRequest,
  pid: number | undefined,
  facts: ExitFacts,
  durationMs: number,
  surroundings?: Surroundings,
): IsolatedTaskError {
  const stderr = withoutSecrets(facts.stderr ?? '', { ...process.env, ...spec.env });
  const explanation = explainExit({ ...facts, stderr, ...(surroundings ? { surroundings } : {}) });
  if (explanation.cause === 'kernel-oom-kill') oomKills.claim();
  return new IsolatedTaskError({
    task: spec.name,
    pid,
    explanation,
    memory: facts.memory,
    stderr,
    durationMs: Math.round(durationMs),
  });
}
