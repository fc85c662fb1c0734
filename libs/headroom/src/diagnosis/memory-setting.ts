import { formatMb, toMb } from '../units/index.js';
import type { Surroundings } from './surroundings.js';

/** What to raise, in words of where it runs: ``raise the unit's memory: `MemoryMax=640M` in reports.service``. */
export function raiseMemory(surroundings: Surroundings | undefined, bytes: number | undefined): string {
  const mb = bytes === undefined ? undefined : toMb(bytes);
  switch (surroundings?.kind) {
    case 'kubernetes':
      return `raise the container's memory: \`resources.limits.memory: ${mb ?? '...'}Mi\`${inPod(surroundings)}`;
    case 'docker':
      return `raise the container's memory: \`mem_limit: ${mb ?? '...'}m\` in Compose, or \`docker run --memory ${mb ?? '...'}m\``;
    case 'systemd':
      return `raise the unit's memory: \`MemoryMax=${mb ?? '...'}M\` in ${surroundings.name ?? 'its [Service] section'}`;
    case 'pm2':
    case 'bare':
      return `give the machine more memory or swap${upTo(bytes)}, or let fewer things run on it at once`;
    case undefined:
      return (
        `raise the limit on its memory${upTo(bytes)} (Kubernetes \`resources.limits.memory\`, Docker \`mem_limit\`, ` +
        `systemd \`MemoryMax=\`), or give the machine more`
      );
    default:
      return 'raise the limit on its memory';
  }
}

function upTo(bytes: number | undefined): string {
  return bytes === undefined ? '' : `, to ${formatMb(bytes)}`;
}

function inPod({ name }: Surroundings): string {
  return name === undefined ? '' : ` (pod ${name})`;
}
