import { SystemFiles } from '../vitals/limits/index.js';

/**
 * Where a process runs: who limits its memory, and who starts it anew.
 *
 * @publicApi
 */
export type Surroundings = {
  readonly kind: 'kubernetes' | 'docker' | 'systemd' | 'pm2' | 'bare';
  /** Of the pod, the unit or PM2's app. */
  readonly name?: string;
};

const files = new SystemFiles();

/**
 * Finds out where this process runs, from its environment and from the files of the kernel. A container goes before what
 * may run in it (PM2), and PM2 before the unit that may have started it. Never throws.
 *
 * @param environment `process.env`
 * @param readFile gives `undefined` for a file that is not there
 */
export function detectSurroundings(
  environment: NodeJS.ProcessEnv = process.env,
  readFile: (path: string) => string | undefined = (path) => files.readText(path),
): Surroundings {
  const cgroups = `${readFile('/proc/self/cgroup') ?? ''}\n${readFile('/proc/1/cgroup') ?? ''}`;
  if (isInPod(environment) || cgroups.includes('kubepods')) return named('kubernetes', environment.HOSTNAME);
  if (readFile('/.dockerenv') !== undefined || readFile('/run/.containerenv') !== undefined)
    return named('docker');
  if (/docker|libpod/.test(cgroups)) return named('docker');
  if (environment.pm_id !== undefined) return named('pm2', environment.name);
  return inUnit(environment, readFile('/proc/self/cgroup'));
}

/**
 * Whether whoever started this process is known to start it again when it exits. PM2 says so in the environment; a
 * container of a Kubernetes pod is restarted by the kubelet. systemd and Docker do so only when they are told to, and
 * that cannot be seen from here.
 */
export function isRestarted(environment: NodeJS.ProcessEnv): boolean {
  if (environment.pm_id !== undefined) return environment.autorestart !== 'false';
  return isInPod(environment);
}

function isInPod(environment: NodeJS.ProcessEnv): boolean {
  return environment.KUBERNETES_SERVICE_HOST !== undefined;
}

/** NOTE: `INVOCATION_ID` alone says little: a shell of a desktop has inherited it. The cgroup knows better. */
function inUnit(environment: NodeJS.ProcessEnv, cgroup: string | undefined): Surroundings {
  const unit = cgroup
    ?.split(/[/\n]/)
    .findLast((part) => part.endsWith('.service') && !part.startsWith('user@'));
  if (unit !== undefined) return named('systemd', unit);
  const isStarted = environment.INVOCATION_ID !== undefined || environment.NOTIFY_SOCKET !== undefined;
  return named(isStarted && cgroup === undefined ? 'systemd' : 'bare');
}

function named(kind: Surroundings['kind'], name?: string): Surroundings {
  return name ? { kind, name } : { kind };
}
