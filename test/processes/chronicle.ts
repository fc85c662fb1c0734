import type { Job, Queue } from 'bullmq';

import type { Supervisor } from './supervisor.js';
import type { AppEvent, WorkerApp } from './worker-app.js';

/** What was done to processes and servers, and when: to tell of a job how it came to its end. */
export class Chronicle {
  private readonly done: { readonly at: number; readonly what: string; readonly pid?: number | undefined }[] =
    [];

  note(what: string): void {
    this.done.push({ at: Date.now(), what });
  }

  signal(app: WorkerApp, signal: NodeJS.Signals): void {
    this.done.push({ at: Date.now(), what: signal, pid: app.child.pid });
    app.kill(signal);
  }

  /** All that happened to a job and to its processes, in the order of time. */
  async storyOf(job: Job, queue: Queue, supervisors: readonly Supervisor[]): Promise<string> {
    const { logs } = await queue.getJobLogs(job.id!);
    const isOfIt = (event: AppEvent) => event.id === job.id || String(event.line).includes(`#${job.id} `);
    const seen = appsOf(supervisors).flatMap(({ child: { pid }, events }) =>
      events.filter(isOfIt).map((event) => ({ pid, ...event })),
    );
    return [
      `${job.name}#${job.id} ${job.failedReason}`,
      `started ${job.attemptsStarted} times, stalled ${job.stalledCounter} times`,
      ...logs,
      ...[...this.done, ...seen].toSorted((a, b) => a.at - b.at).map((one) => JSON.stringify(one)),
    ].join('\n');
  }

  /** How many processes were killed while they ran the job. */
  async killsDuring({ id }: Job, supervisors: readonly Supervisor[]): Promise<number> {
    const apps = appsOf(supervisors).filter(
      (app) => !app.isRunning && app.find('started', { id }).length > app.find('finished', { id }).length,
    );
    const ends = await Promise.all(apps.map(async (app) => app.end()));
    return ends.filter(([, signal]) => signal === 'SIGKILL').length;
  }
}

function appsOf(supervisors: readonly Supervisor[]): WorkerApp[] {
  return supervisors.flatMap(({ apps }) => apps);
}
