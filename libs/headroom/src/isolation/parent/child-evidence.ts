import { type ExitFacts, type OomKillMark, oomKills, StderrTail } from '../../diagnosis/index.js';
import type { EndMemory, MemoryFacts } from '../../vitals/index.js';
import type { ChildCgroup } from './child-cgroup.js';
import type { ChildExit } from './child-exit.js';
import { readProcessMemory } from './process-memory.js';

const HEAP_SETTING = "`heap: '<MB>mb'` of the task";

/** What the parent decided, and how far the child had come. */
export interface ChildCourse {
  readonly phase: ExitFacts['phase'];
  readonly endedBy: ExitFacts['endedBy'];
  readonly timeoutMs: ExitFacts['timeoutMs'];
}

/**
 * What is seen of a child process and of its task, from outside and by what it tells: the facts of its death, and what
 * the task took.
 */
export class ChildEvidence {
  private readonly stderr = new StderrTail();
  private readonly oomMark: OomKillMark | undefined = oomKills.mark();
  private readonly ownKills: number;
  private start: MemoryFacts | undefined;
  private last: MemoryFacts | undefined;
  private lookedRssBytes: number | undefined;
  private peakBytes: number | undefined;

  /** Before the process starts: whom the kernel has killed by then, was another. */
  constructor(
    private readonly heapBytes: number,
    private readonly limitBytes: number,
    private readonly cgroup: ChildCgroup | undefined,
  ) {
    this.ownKills = cgroup?.oomKills ?? 0;
  }

  /** Resident bytes as they were looked at last. */
  get rssBytes(): number | undefined {
    return this.lookedRssBytes ?? this.last?.rssBytes;
  }

  /** The most that it had resident during its task, as far as that is known. */
  get peakRssBytes(): number | undefined {
    return Math.max(this.peakBytes ?? 0, this.last?.rssBytes ?? 0) || undefined;
  }

  /** What it had at its end, or was seen with last. */
  endMemory(isGone: boolean): EndMemory | undefined {
    const { last, peakRssBytes = 0 } = this;
    // The task tells its memory when it ends: what was looked at before is older, unless it died.
    const rssBytes = (isGone ? this.lookedRssBytes : undefined) ?? last?.rssBytes;
    return last && rssBytes !== undefined ? { memory: { ...last, rssBytes }, peakRssBytes } : undefined;
  }

  /** What was known of the task before is of no account. */
  taskIsGiven(): void {
    this.start = this.last = undefined;
    this.peakBytes = undefined;
  }

  taskHasStarted(memory: MemoryFacts): void {
    this.start = memory;
  }

  /** The child tells its own memory. */
  told(memory: MemoryFacts): void {
    this.last = memory;
  }

  wrote(chunk: Buffer): void {
    this.stderr.push(chunk);
  }

  /** Looks at the memory of the process, whatever its loop does. @param tasks that it has begun */
  look(pid: number, tasks: number): void {
    const memory = readProcessMemory(pid);
    if (!memory) return;
    this.lookedRssBytes = memory.rssBytes;
    // Of a process with several tasks the most is that of them all.
    this.reached(tasks > 1 ? memory.rssBytes : memory.peakRssBytes);
  }

  /** The process is gone. The kernel's own count misses nothing between two looks. */
  processIsGone(): void {
    this.reached(this.cgroup?.peakBytes ?? 0);
  }

  facts({ code, signal, error }: ChildExit, { endedBy, timeoutMs, phase }: ChildCourse): ExitFacts {
    const { start, last, peakRssBytes, lookedRssBytes, cgroup } = this;
    const kills = cgroup ? cgroup.oomKills - this.ownKills : oomKills.since(this.oomMark);
    return {
      code,
      signal,
      stderr: this.stderr.text(),
      ...(error === undefined ? {} : { error }),
      ...(endedBy ? { endedBy } : {}),
      ...(endedBy === 'timeout' && timeoutMs !== undefined ? { timeoutMs } : {}),
      ...(kills === undefined ? {} : { oomKills: kills }),
      heapSetting: HEAP_SETTING,
      ...(phase ? { phase } : {}),
      memory: {
        ...(start ? { startRssBytes: start.rssBytes } : {}),
        ...(lookedRssBytes === undefined ? {} : { lastRssBytes: lookedRssBytes }),
        ...(peakRssBytes === undefined ? {} : { peakRssBytes }),
        ...(last ? { lastHeapUsedBytes: last.heapUsedBytes } : {}),
        heapCeilingBytes: this.heapBytes,
        limitBytes: cgroup?.limitBytes ?? this.limitBytes,
      },
    };
  }

  private reached(rssBytes: number): void {
    this.peakBytes = Math.max(this.peakBytes ?? 0, rssBytes) || undefined;
  }
}
