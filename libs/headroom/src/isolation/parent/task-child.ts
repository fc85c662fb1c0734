import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

import type { ExitFacts } from '../../diagnosis/index.js';
import type { EndMemory } from '../../vitals/index.js';
import { type FromChild, isOurs, marked, type ToChild } from '../protocol/messages.js';
import { fromPayload, toPayload } from '../protocol/payload.js';
import { fromPlainError, toPlainError } from '../protocol/plain-error.js';
import type { ChildCgroup } from './child-cgroup.js';
import { ChildEvidence } from './child-evidence.js';
import { type ChildExit, exitOf } from './child-exit.js';
import { type ChildSpec, launch } from './child-launch.js';
import type { ChildOutcome } from './child-outcome.js';
import type { TaskOrder } from './task-order.js';

type EndedBy = NonNullable<ExitFacts['endedBy']>;

/** A child that has closed its channel can end by itself meanwhile. */
const END_AFTER_DISCONNECT_MS = 500;
/** A child that was let go closes its context and exits. */
const GO_WITHIN_MS = 2000;

/** Pipes are sockets. */
interface Holdable {
  ref?(): void;
  unref?(): void;
}

interface Running {
  readonly id: number;
  readonly order: TaskOrder;
  readonly settle: (outcome: ChildOutcome) => void;
  hasStarted: boolean;
}

/**
 * One child process.
 *
 * States: *starting* -> *idle* <-> *running*; from each of them -> *gone*, by itself or because it was killed.
 * {@link let go} leads from *idle* to *gone*. A task is given to it while it starts or is idle, one at a time; its
 * outcome is told once, whatever happens, and at the latest when the process is gone.
 */
export class TaskChild {
  /** Resolves when the process is gone. Never rejects. */
  readonly gone: Promise<void>;
  isGone = false;
  /** It was told to go: no task is given to it. */
  isEnding = false;
  /** Tasks that it has begun. */
  tasks = 0;
  private readonly process: ChildProcess;
  private readonly pipes: readonly Readable[];
  private readonly evidence: ChildEvidence;
  private readonly ready: Promise<void>;
  private becomeReady!: () => void;
  private isReady = false;
  private running: Running | undefined;
  private endedBy: EndedBy | undefined;
  private timeoutMs: number | undefined;

  /** @throws when the system refuses to start a process at all */
  constructor(
    private readonly spec: ChildSpec,
    limitBytes: number,
    private readonly cgroup: ChildCgroup | undefined,
  ) {
    this.evidence = new ChildEvidence(spec.heapBytes, limitBytes, cgroup);
    this.process = launch(spec);
    if (this.process.pid !== undefined) cgroup?.add(this.process.pid);
    this.ready = new Promise((resolve) => {
      this.becomeReady = resolve;
    });
    this.process.on('message', (message: unknown) => {
      if (isOurs(message)) this.take(message as FromChild);
    });
    this.process.stderr?.on('data', (chunk: Buffer) => {
      this.evidence.wrote(chunk);
      process.stderr.write(chunk);
    });
    this.pipes = pipesOf(this.process);
    for (const pipe of this.pipes) {
      // NOTE: a pipe that is not read never ends, and with it the process would never be 'close'd.
      pipe.resume();
      // The child's end of a pipe may break before it is known to be gone.
      pipe.on('error', () => undefined);
    }
    this.process.once('disconnect', () => {
      setTimeout(() => {
        // A grandchild may hold the pipes of a process that has ended, so that it is not known to be gone.
        const { exitCode, signalCode } = this.process;
        if (exitCode === null && signalCode === null && !this.endedBy) this.kill('channel-closed');
      }, END_AFTER_DISCONNECT_MS).unref();
    });
    this.gone = exitOf(this.process).then((exit) => this.ended(exit));
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  get name(): string {
    return this.spec.name;
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** Resident bytes as they were looked at last. */
  get rssBytes(): number | undefined {
    return this.evidence.rssBytes;
  }

  /** The most that it had resident during its task, as far as that is known. */
  get peakRssBytes(): number | undefined {
    return this.evidence.peakRssBytes;
  }

  /** What it had at its end, or was seen with last. */
  get endMemory(): EndMemory | undefined {
    return this.evidence.endMemory(this.isGone);
  }

  /** Looks at the memory of the process, whatever its loop does. */
  look(): void {
    if (this.pid !== undefined && !this.isGone) this.evidence.look(this.pid, this.tasks);
  }

  /** Runs one task. Never rejects. */
  async run(id: number, order: TaskOrder): Promise<ChildOutcome> {
    this.evidence.taskIsGiven();
    this.hold(true);
    const { signal, timeoutMs } = order;
    let timer: NodeJS.Timeout | undefined;
    const cancel = () => this.cancel('cancellation', signal!.reason);
    const outcome = new Promise<ChildOutcome>((settle) => {
      this.running = { id, order, settle, hasStarted: false };
      if (this.isGone) settle({ kind: 'not-started', facts: this.facts({ code: null, signal: null }) });
      if (timeoutMs !== undefined) {
        this.timeoutMs = timeoutMs;
        timer = setTimeout(() => this.cancel('timeout', timedOut(timeoutMs)), timeoutMs);
      }
      signal?.addEventListener('abort', cancel, { once: true });
      if (signal?.aborted) cancel();
      void this.order(id, order);
    });
    try {
      return this.judge(await outcome);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      this.running = undefined;
      if (!this.isGone) this.endedBy = undefined;
      this.hold(false);
    }
  }

  /** Tells the task to stop, and kills the process when it does not. */
  cancel(by: EndedBy, reason: unknown): void {
    const { running } = this;
    if (!running || this.endedBy) return;
    this.endedBy = by;
    this.send({ type: 'abort', id: running.id, reason: toPlainError(reason) });
    const killAfterMs = running.hasStarted ? running.order.killAfterMs : 0;
    setTimeout(() => {
      if (this.running === running) this.kill(by);
    }, killAfterMs).unref();
  }

  /** The app ends in good order: what runs may end too. */
  spare(): void {
    this.send({ type: 'draining' });
  }

  /** Ends an idle child in good order. */
  letGo(): void {
    if (this.isGone || this.isEnding) return;
    this.isEnding = true;
    this.endedBy ??= 'shutdown';
    if (this.process.connected) this.process.disconnect();
    const timer = setTimeout(() => this.kill('shutdown'), GO_WITHIN_MS);
    void this.gone.then(() => clearTimeout(timer));
  }

  kill(by: EndedBy): void {
    if (this.isGone) return;
    this.isEnding = true;
    this.endedBy ??= by;
    this.process.kill('SIGKILL');
  }

  /** Whether the process keeps this one alive: a task does, an idle child does not. */
  private hold(isHeld: boolean): void {
    const handles: readonly (Holdable | null | undefined)[] = [
      this.process,
      this.process.channel,
      ...(this.pipes as readonly Holdable[]),
    ];
    for (const handle of handles) {
      if (isHeld) handle?.ref?.();
      else handle?.unref?.();
    }
  }

  private async order(id: number, { data, job, maxResultBytes }: TaskOrder): Promise<void> {
    await this.ready;
    this.send({ type: 'run', id, data, ...(job ? { job } : {}), maxResultBytes });
  }

  private send(message: ToChild): void {
    if (!this.process.connected) return;
    // NOTE: with a callback a send that fails is no 'error' event; the end of the process tells.
    this.process.send(marked(message), () => undefined);
  }

  private take(message: FromChild): void {
    if (message.type === 'ready') {
      this.isReady = true;
      this.becomeReady();
      return;
    }
    if ('memory' in message) this.evidence.told(message.memory);
    const { running } = this;
    if (!running || message.type === 'memory' || message.id !== running.id) return;
    if (message.type === 'started') {
      running.hasStarted = true;
      this.tasks++;
      this.evidence.taskHasStarted(message.memory);
      running.order.started(message.memory);
    } else if (message.type === 'call') void this.answer(running.order, message);
    else {
      this.look();
      if (message.type === 'failed') running.settle({ kind: 'threw', error: fromPlainError(message.error) });
      else running.settle(resultOf(message.result));
    }
  }

  private async answer(
    order: TaskOrder,
    { call, name, args }: Extract<FromChild, { type: 'call' }>,
  ): Promise<void> {
    try {
      const value = await order.call(name, fromPayload(args) as unknown[]);
      this.send({ type: 'answer', call, value: toPayload(value, `what ${name}() gives`) });
    } catch (error) {
      this.send({ type: 'answer', call, error: toPlainError(error) });
    }
  }

  /** What ran out of its time has died of it, also when it then ended in good order. */
  private judge(outcome: ChildOutcome): ChildOutcome {
    if (outcome.kind === 'died' || outcome.kind === 'not-started' || this.endedBy !== 'timeout') {
      return outcome;
    }
    return { kind: 'died', facts: this.facts({ code: null, signal: null }) };
  }

  private ended(exit: ChildExit): void {
    this.isGone = true;
    this.evidence.processIsGone();
    const { running } = this;
    const facts = this.facts(exit);
    if (running)
      running.settle({ kind: running.hasStarted || this.endedBy ? 'died' : this.startDeath, facts });
    this.cgroup?.remove();
    // A grandchild may hold the other ends.
    for (const pipe of this.pipes) pipe.destroy();
  }

  /** A process that never was ready would not be so the next time either. */
  private get startDeath(): 'died' | 'not-started' {
    return this.isReady ? 'not-started' : 'died';
  }

  private facts(exit: ChildExit): ExitFacts {
    const { endedBy, timeoutMs } = this;
    const phase = this.running?.hasStarted ? 'running' : this.isReady ? 'idle' : 'starting';
    return this.evidence.facts(exit, { endedBy, timeoutMs, phase });
  }
}

/** There are none when this process may open no more files: then Node tells the error alone. */
function pipesOf({ stderr, stdio }: Partial<ChildProcess>): readonly Readable[] {
  return [stderr, stdio?.[3] as Readable | null | undefined].filter((pipe) => pipe != null);
}

/** This process may lack the memory for a result that the child had the memory for. */
function resultOf(result: Uint8Array): ChildOutcome {
  try {
    return { kind: 'done', result: fromPayload(result) };
  } catch (error) {
    return { kind: 'threw', error: new Error('the result of the task cannot be read', { cause: error }) };
  }
}

function timedOut(timeoutMs: number): Error {
  return new DOMException(`the task ran longer than ${timeoutMs}ms`, 'TimeoutError');
}
