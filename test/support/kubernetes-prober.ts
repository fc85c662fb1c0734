import { get } from 'node:http';

export interface ProbeRules {
  /** @default 1000 */
  readonly periodMs?: number;
  /** @default 1000 */
  readonly timeoutMs?: number;
  /** @default 3 */
  readonly failureThreshold?: number;
}

/**
 * A liveness probe as the kubelet does it: every `periodMs` a request over a connection of its own, a failure when there
 * is no status from 200 to 399 within `timeoutMs`, and the pod is killed after `failureThreshold` failures in a row.
 */
export class KubernetesProber {
  private inARow = 0;
  private readonly timer: NodeJS.Timeout;
  /** Every probe, oldest first. */
  readonly results: boolean[] = [];
  hasKilled = false;

  constructor(
    url: string,
    kill: () => void,
    { periodMs = 1000, timeoutMs = 1000, failureThreshold = 3 }: ProbeRules = {},
  ) {
    this.timer = setInterval(() => {
      void this.probe(url, timeoutMs).then((failures) => failures >= failureThreshold && this.kill(kill));
    }, periodMs);
  }

  /** @returns failures in a row */
  private async probe(url: string, timeoutMs: number): Promise<number> {
    const isAlive = await isAnswered(url, timeoutMs);
    this.results.push(isAlive);
    return (this.inARow = isAlive ? 0 : this.inARow + 1);
  }

  private kill(kill: () => void): void {
    if (this.hasKilled) return;
    this.hasKilled = true;
    this.stop();
    kill();
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

async function isAnswered(url: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      const { statusCode = 0 } = response.resume();
      resolve(statusCode >= 200 && statusCode < 400);
    });
    request.once('error', () => resolve(false));
  });
}
