import { formatMb, toMb } from '../units/index.js';
import { HEAP_SHARE, heapToTry, heapWithin, limitToTry } from './figures.js';
import type { KnownFacts } from './known-facts.js';
import { raiseMemory } from './memory-setting.js';
import type { Surroundings } from './surroundings.js';
import type { Verdict } from './verdict.js';

const TAKE_LESS =
  'or let it hold less at a time: smaller batches, streams instead of whole results, less at once';

/** What to change, the most promising first. */
export function adviceFor({ cause, certainty }: Verdict, facts: KnownFacts): readonly string[] {
  switch (cause) {
    case 'heap-limit':
    case 'thread-out-of-memory':
      return [...moreHeap(facts), TAKE_LESS];
    case 'kernel-oom-kill': {
      const ask = certainty === 'proven' ? [] : [whoKilled(facts.surroundings)];
      return [...moreMemory(facts), ...ask, TAKE_LESS];
    }
    case 'address-space-limit':
      return [
        'remove the limit on its address space (`ulimit -v unlimited`, no `LimitAS=` in the unit): V8 reserves far more ' +
          'than it uses; limit resident memory instead (`MemoryMax=`, `mem_limit`)',
      ];
    case 'invalid-size':
      return ['split what it collects: no setting raises how large one array, Map or Set may be'];
    case 'buffer-allocation':
      return [
        'look at the size that it asks for, and at `ulimit -v`; read in pieces instead of in one buffer',
      ];
    case 'memory-limit':
      return ['raise the bound that it was given, when the machine has the memory', TAKE_LESS];
    case 'timeout':
      return ['give it more time, or less to do at once'];
    case 'killed':
      return [whoKilled(facts.surroundings)];
    case 'terminated':
      return ['look for who stops it: a deployment, a supervisor, an operator'];
    case 'aborted':
      return [
        'look for who aborts: `process.abort()`, an assertion of a native addon' +
          (facts.surroundings?.kind === 'systemd' ? ', the watchdog of systemd (`WatchdogSec=`)' : ''),
      ];
    case 'crashed':
      return [
        'look at native addons, and for a recursion that fills the stack in native code; as PID 1 of a container an abort ' +
          'ends like this too: start it under an init (`docker run --init`)',
      ];
    case 'unsettled-await':
      return ['look for an `await` at the top level of a module whose promise nobody settles'];
    case 'bad-option':
      return [
        'check the options of Node that it is started with: `execArgv`, and NODE_OPTIONS in its environment',
      ];
    case 'not-executable':
    case 'not-found':
      return ['check the path and the rights of what is started, and its working directory'];
    case 'channel-closed':
      return ['look for a `process.disconnect()` in it'];
    case 'cancelled':
    case 'shutdown':
    case 'interrupted':
    case 'uncaught-error':
    case 'exited':
    case 'signalled':
    case 'unknown':
      return [];
    default:
      return cause satisfies never;
  }
}

function moreHeap({ memory, fatal, isThread, heapSetting, surroundings }: KnownFacts): string[] {
  const ceiling = memory.heapCeilingBytes ?? fatal?.heap?.takenBytes;
  const setting = isThread ? 'resourceLimits.maxOldGenerationSizeMb' : '--max-old-space-size';
  const where = isThread ? '' : ' on its command line (`execArgv` of a child) or in NODE_OPTIONS';
  if (ceiling === undefined) return [`give V8 more: a larger \`${setting}\`${where}`];
  const { heapBytes, limitBytes } = heapToTry(ceiling, memory.limitBytes);
  const figure = isThread ? `\`${setting}: ${toMb(heapBytes)}\`` : `\`${setting}=${toMb(heapBytes)}\``;
  const give = heapSetting
    ? `give V8 more: ${heapSetting.replaceAll('<MB>', String(toMb(heapBytes)))} (${figure})`
    : `give V8 more: ${figure}${where}`;
  if (limitBytes === undefined) return [give];
  const why = `first, since ${formatMb(memory.limitBytes!)} are too little for a larger heap`;
  return [`${raiseMemory(surroundings, limitBytes)}; ${why}`, give];
}

function moreMemory({ memory, surroundings }: KnownFacts): string[] {
  const { peakRssBytes, lastRssBytes, limitBytes, heapCeilingBytes } = memory;
  const advice = [raiseMemory(surroundings, limitToTry(peakRssBytes ?? lastRssBytes, limitBytes))];
  if (surroundings?.kind === 'systemd')
    advice.push(
      'set `OOMPolicy=continue` there: else systemd stops the whole unit when one process of it is killed',
    );
  if (surroundings?.kind === 'pm2')
    advice.push('set `max_memory_restart` below the limit, for PM2 to restart it before the kernel kills it');
  if (
    limitBytes !== undefined &&
    heapCeilingBytes !== undefined &&
    heapCeilingBytes > HEAP_SHARE * limitBytes
  )
    advice.push(
      `or keep its heap below the limit: \`--max-old-space-size=${toMb(heapWithin(limitBytes))}\`; it may grow to ` +
        `${formatMb(heapCeilingBytes)} now, so that the kernel kills it before V8 can say that it is full`,
    );
  return advice;
}

function whoKilled(surroundings: Surroundings | undefined): string {
  const name = surroundings?.name ?? 'NAME';
  switch (surroundings?.kind) {
    case 'kubernetes':
      return `look who killed it: \`kubectl describe pod ${name}\` shows OOMKilled, a failed liveness probe or an eviction`;
    case 'docker':
      return 'look who killed it: `docker inspect` shows OOMKilled; `docker stop` kills after 10 s';
    case 'systemd':
      return `look who killed it: \`journalctl -u ${name}\` shows oom-kill or a stop that took too long (\`TimeoutStopSec=\`)`;
    case 'pm2':
      return 'look who killed it: `journalctl -k` shows kills of the kernel; PM2 kills after `kill_timeout`';
    case 'bare':
    case undefined:
    default:
      return 'look who killed it: `journalctl -k` shows kills of the kernel; else a supervisor, a stop that took too long, an operator';
  }
}
