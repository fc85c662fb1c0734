import {
  type Certainty,
  type ExitCause,
  type ExitExplanation,
  type ExitMemory,
  memoryDeathMarker,
} from '../diagnosis/index.js';
import { ResilienceError } from '../errors/index.js';

/** What an {@link IsolatedTaskError} is made from. */
export interface IsolatedTaskDeath {
  readonly task: string;
  readonly pid: number | undefined;
  readonly explanation: ExitExplanation;
  readonly memory: ExitMemory | undefined;
  readonly stderr: string;
  readonly durationMs: number;
}

/**
 * The process of an isolated task died, or was ended. The message is short, a line for a job's failure reason;
 * `details` has all that is known. What the task itself throws is no such error: it arrives as it was thrown.
 *
 * @publicApi
 */
export class IsolatedTaskError extends ResilienceError {
  readonly code = 'RESILIENCE_ISOLATED_TASK_DIED';
  /** The name of the task. */
  readonly task: string;
  readonly pid: number | undefined;
  readonly exitCause: ExitCause;
  readonly certainty: Certainty;
  /** Whether it died for want of memory. */
  readonly isMemory: boolean;
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  /** What a shell or a container shows for the same death. */
  readonly shellStatus: number | undefined;
  /** What to change. */
  readonly advice: readonly string[];
  /** Memory of the process, in bytes, as far as it is known. */
  readonly memory: ExitMemory | undefined;
  /** Its last lines on stderr, without secrets. */
  readonly stderr: string;
  /** Milliseconds from its turn to its end. */
  readonly durationMs: number;
  /** The whole diagnosis, several lines. */
  readonly details: string;

  constructor({ task, pid, explanation, memory, stderr, durationMs }: IsolatedTaskDeath) {
    super(shortForm(task, explanation));
    this.task = task;
    this.pid = pid;
    this.exitCause = explanation.cause;
    this.certainty = explanation.certainty;
    this.isMemory = explanation.isMemory;
    this.exitCode = explanation.code;
    this.exitSignal = explanation.signal;
    this.shellStatus = explanation.shellStatus;
    this.advice = explanation.advice;
    this.memory = memory;
    this.stderr = stderr;
    this.durationMs = durationMs;
    this.details = `isolated task ${task}${pid === undefined ? '' : ` (pid ${pid})`} ${explanation.text}`;
  }
}

function shortForm(task: string, { summary, advice, isMemory }: ExitExplanation): string {
  const marker = isMemory ? ` ${memoryDeathMarker()}` : '';
  return [`isolated task ${task} ${summary}`, ...advice.slice(0, 1)].join('; ') + marker;
}
