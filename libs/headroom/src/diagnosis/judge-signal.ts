import { formatMb } from '../units/index.js';
import type { KnownFacts } from './known-facts.js';
import type { Verdict } from './verdict.js';

/** From this share of its limit on, memory may be why it was killed. */
const NEAR_LIMIT = 0.8;
const CRASHES: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGSYS']);

/** What a signal tells that V8 did not explain. */
export function judgeSignal(facts: KnownFacts): Verdict | undefined {
  const { signalBehind: signal, signal: seen } = facts.status;
  if (signal === undefined || facts.error?.code === 'ERR_WORKER_OUT_OF_MEMORY') return undefined;
  if (signal === 'SIGKILL') return judgeKill(facts);
  // A process may choose such an exit code itself, when it ends in good order.
  const certainty = seen === null ? 'likely' : 'proven';
  if (signal === 'SIGTERM')
    return { cause: 'terminated', certainty, what: 'was told to stop by somebody else', evidence: [] };
  if (signal === 'SIGINT')
    return {
      cause: 'interrupted',
      certainty,
      what: 'was interrupted, by Ctrl-C or by somebody',
      evidence: [],
    };
  if (signal === 'SIGABRT') {
    const evidence = facts.stderr === undefined ? [] : ['V8 did not write that memory ran out'];
    return { cause: 'aborted', certainty, what: 'aborted', evidence };
  }
  if (CRASHES.has(signal))
    return { cause: 'crashed', certainty, what: 'crashed in native code', evidence: [] };
  return { cause: 'signalled', certainty, what: 'was ended by a signal', evidence: [] };
}

/** The kernel kills like everybody else: without a word. Its own count tells, else how much memory there was. */
function judgeKill(facts: KnownFacts): Verdict {
  const { oomKills } = facts;
  if (oomKills !== undefined && oomKills > 0) {
    const limit = facts.memory.limitBytes;
    return {
      cause: 'kernel-oom-kill',
      certainty: 'proven',
      what: `was killed by the kernel: memory ran out${limit === undefined ? '' : `, the limit is ${formatMb(limit)}`}`,
      evidence: [`oom_kill of its cgroup rose by ${oomKills}`],
    };
  }
  if (oomKills === 0) {
    const evidence = ['oom_kill of its cgroup did not rise'];
    return {
      cause: 'killed',
      certainty: 'proven',
      what: 'was killed, and not by the kernel for want of memory',
      evidence,
    };
  }
  return judgeByMemory(facts);
}

function judgeByMemory({ memory, status }: KnownFacts): Verdict {
  const { limitBytes, peakRssBytes, lastRssBytes } = memory;
  const most = Math.max(peakRssBytes ?? 0, lastRssBytes ?? 0);
  if (limitBytes === undefined || most === 0) {
    // Without a signal it may be a code that the app chose.
    const how = status.signal === null ? 'ended like a process that is killed' : 'was killed';
    return { cause: 'killed', certainty: 'unknown', what: `${how}, and by whom is not known`, evidence: [] };
  }
  const evidence = [`it had up to ${formatMb(most)} of ${formatMb(limitBytes)}`];
  if (most >= NEAR_LIMIT * limitBytes)
    return {
      cause: 'kernel-oom-kill',
      certainty: 'likely',
      what: 'was killed, probably by the kernel for want of memory',
      evidence,
    };
  return {
    cause: 'killed',
    certainty: 'likely',
    what: 'was killed by somebody else: it was far from its limit',
    evidence,
  };
}
