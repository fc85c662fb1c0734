import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { BatchProgress } from '../batches/batch-progress.js';
import { WORK_QUEUES } from '../batches/batches.queue.js';

const STEPS = ['import', ...WORK_QUEUES] as const;

/** One bar for the import and one for each queue. Without a terminal, a line each second or so. */
export class BatchBars {
  private readonly bars: MultiBar;
  private readonly byStep = new Map<string, SingleBar>();

  constructor() {
    this.bars = new MultiBar(
      {
        format: ' {step} {bar} {percentage}% | {done}',
        hideCursor: true,
        noTTYOutput: true,
        notTTYSchedule: 1000,
      },
      Presets.shades_classic,
    );
    for (const step of STEPS) {
      this.byStep.set(step, this.bars.create(100, 0, { step: step.padEnd(10), done: 'waiting' }));
    }
  }

  show({ import: imported, queues }: BatchProgress): void {
    this.update('import', imported.percent, imported.state);
    for (const queue of WORK_QUEUES) {
      const { percent, done, failed, total } = queues[queue];
      const jobs = total === 0 ? 'waiting' : `${done} of ${total} jobs`;
      this.update(queue, percent, failed > 0 ? `${jobs}, ${failed} failed` : jobs);
    }
  }

  note(text: string): void {
    this.bars.log(`${text}\n`);
  }

  stop(): void {
    this.bars.stop();
  }

  private update(step: string, percent: number, done: string): void {
    this.byStep.get(step)?.update(percent, { done });
  }
}
