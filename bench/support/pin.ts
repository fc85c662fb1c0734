import { execFileSync } from 'node:child_process';

/** The kernel moves neither who serves nor who asks: on two CPUs the laps of bare Nest lay a third closer together. */
export const CPU = { server: 0, load: 1 } as const;

let cannot = false;

/** Keeps a process with all its threads on one CPU. Where that cannot be done it stays as it is, and that is told once. */
export function pin(pid: number | undefined, cpu: number): void {
  if (cannot || pid === undefined) return;
  try {
    execFileSync('taskset', ['-apc', `${cpu}`, `${pid}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    cannot = true;
    console.error(`processes are not kept on one CPU each, and figures are noisier: ${String(error)}`);
  }
}
