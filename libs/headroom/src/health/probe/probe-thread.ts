import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { ProbeNotListeningError } from '../../errors/index.js';
import type { ResolvedProbeOptions } from '../../options/probe.options.js';
import { LOOP_BOARD_SLOTS, type LoopBoard, loopNames } from '../../vitals/index.js';
import type { ProbeThreadOrder } from './thread/probe-thread.mjs';
import type { CapturedBlock } from './thread/stall-watch.mjs';

const THREAD = new URL('./thread/probe-thread.mjs', import.meta.url);
const START_AGAIN_MS = 1000;
const CLOSE_WITHIN_MS = 500;

/** Far more than it takes; a thread without bounds would take them from the limits of the process. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 2, stackSizeMb: 2 };

type Message =
  | { readonly listening: AddressInfo }
  | { readonly failure: { readonly code?: string; readonly message: string } }
  | { readonly block: CapturedBlock };

interface Watcher {
  /** The thread has died, or could not be started again; it is tried again. */
  died(error: Error): void;
  /** A block of the event loop has ended, of which a stack was taken. */
  blockEnded(block: CapturedBlock): void;
}

/** The thread that answers probes, seen from the main thread. It holds no process alive, and is started again when it dies. */
export class ProbeThread {
  private worker: Worker | undefined;
  /** The same when it is started again, also when any was right at first. */
  private port: number;
  private stopNames: (() => void) | undefined;
  private again: NodeJS.Timeout | undefined;
  private lastError: Error | undefined;
  private isClosed = false;

  constructor(
    private readonly options: ResolvedProbeOptions,
    private readonly beatMs: number,
    private readonly board: LoopBoard,
    private readonly verdicts: readonly (string | undefined)[],
    private readonly watcher: Watcher,
  ) {
    this.port = options.port;
  }

  /** @throws {ProbeNotListeningError} */
  async start(): Promise<AddressInfo> {
    const worker = new Worker(THREAD, {
      name: 'headroom-probe',
      workerData: {
        ...this.options,
        port: this.port,
        beatMs: this.beatMs,
        memory: this.board.memory,
        slots: LOOP_BOARD_SLOTS,
        verdicts: this.verdicts,
      },
      resourceLimits: RESOURCE_LIMITS,
      // Neither agents nor loaders of the app.
      execArgv: [],
      env: {},
    });
    this.worker = worker;
    const address = await this.listening(worker);
    this.port = address.port;
    this.stopNames = loopNames.each((id, name) => send(worker, { id, name }));
    worker.unref();
    worker.once('exit', () => this.restart(worker));
    return address;
  }

  /** It answers no more, and is gone. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.again);
    this.stopNames?.();
    const { worker } = this;
    this.worker = undefined;
    if (!worker) return;
    worker.ref();
    const gone = new Promise((resolve) => worker.once('exit', resolve));
    send(worker, 'close');
    const giveUp = new AbortController();
    const late = wait(CLOSE_WITHIN_MS, undefined, { signal: giveUp.signal }).catch(() => undefined);
    await Promise.race([gone, late]);
    giveUp.abort();
    await worker.terminate();
  }

  private async listening(worker: Worker): Promise<AddressInfo> {
    const {
      port,
      options: { host },
    } = this;
    return new Promise((resolve, reject) => {
      const fail = (cause: { readonly code?: string; readonly message: string }): void =>
        reject(new ProbeNotListeningError(port, host, cause));
      worker.on('error', (error) => {
        fail(error);
        this.lastError = error;
      });
      worker.once('exit', (code) => fail({ message: `its thread ended with code ${code}` }));
      worker.on('message', (message: Message) => {
        if ('listening' in message) resolve(message.listening);
        else if ('failure' in message) fail(message.failure);
        else this.watcher.blockEnded(message.block);
      });
    });
  }

  private restart(dead: Worker): void {
    if (this.isClosed || this.worker !== dead) return;
    this.worker = undefined;
    this.stopNames?.();
    this.watcher.died(this.lastError ?? new Error('its thread ended'));
    this.tryAgain();
  }

  private tryAgain(): void {
    this.again = setTimeout(() => {
      this.start().catch((error: Error) => {
        if (this.isClosed) return;
        this.watcher.died(error);
        this.tryAgain();
      });
    }, START_AGAIN_MS).unref();
  }
}

function send(worker: Worker, order: ProbeThreadOrder): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  worker.postMessage(order);
}
