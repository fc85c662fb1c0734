import { numberAfter, readMemoryCgroup, SystemFiles } from '../vitals/limits/index.js';

/** A moment from which on kills are counted. */
export interface OomKillMark {
  readonly kills: number;
  readonly claimed: number;
}

/**
 * How many processes of this process's cgroup the kernel has killed for want of memory: `oom_kill` of `memory.events`
 * (cgroup v2) or `memory.oom_control` (v1). Children are in the same cgroup unless they were moved. Keeps no file open:
 * a read costs some ten microseconds, at the start and at the death of a child.
 */
export class OomKillCounter {
  private file: string | undefined;
  private claimed = 0;

  constructor(private readonly files = new SystemFiles()) {}

  /** `undefined` where there is no such counter (no Linux, no memory cgroup, the root of all cgroups). */
  read(): number | undefined {
    this.file ??= this.find();
    const text = this.file === undefined ? undefined : this.files.readText(this.file);
    return text === undefined ? undefined : numberAfter(text, 'oom_kill');
  }

  /** To be taken when a process starts. */
  mark(): OomKillMark | undefined {
    const kills = this.read();
    return kills === undefined ? undefined : { kills, claimed: this.claimed };
  }

  /** The kills since then that nobody has claimed: `oomKills` of {@link ExitFacts}. */
  since(mark: OomKillMark | undefined): number | undefined {
    const kills = mark && this.read();
    if (mark === undefined || kills === undefined) return undefined;
    return Math.max(0, kills - mark.kills - (this.claimed - mark.claimed));
  }

  /** One kill has found its process: it is not taken for that of another process, which died for another reason. */
  claim(): void {
    this.claimed++;
  }

  private find(): string | undefined {
    const cgroup = readMemoryCgroup(this.files);
    if (!cgroup) return undefined;
    const [own, ...above] = cgroup.directories;
    if (cgroup.version === 'cgroup-v1') return this.counting(`${own}/memory.oom_control`);
    // Where a v2 cgroup has no memory controller, the next one above that has counts for it too.
    const paths = [own, ...above].map((directory) => `${directory}/memory.events`);
    return paths.find((path) => this.counting(path) !== undefined);
  }

  private counting(path: string): string | undefined {
    return numberAfter(this.files.readText(path) ?? '', 'oom_kill') === undefined ? undefined : path;
  }
}

/** One per process, so that rooms that start children claim kills from the same count. */
export const oomKills = new OomKillCounter();
