import { constants } from 'node:os';

/** How a process ended: the signal behind it, also where a shell or container made it an exit code. */
export interface ExitStatus {
  readonly code: number | null;
  readonly signal: string | null;
  /** `signal`, or the one that an exit code above 128 stands for. */
  readonly signalBehind: string | undefined;
  readonly shellStatus: number | undefined;
}

const NUMBERS: Readonly<Record<string, number>> = constants.signals;

export function readStatus(code: number | null, signal: string | null): ExitStatus {
  const number = signal === null ? undefined : NUMBERS[signal];
  return {
    code,
    signal,
    signalBehind: signal ?? signalOf(code),
    shellStatus: number === undefined ? (code ?? undefined) : 128 + number,
  };
}

/** `SIGABRT, 134 in a shell`, `exit code 134, which is SIGABRT`, `exit code 1`. */
export function describeStatus({ code, signal, signalBehind, shellStatus }: ExitStatus): string | undefined {
  if (signal !== null) return shellStatus === undefined ? signal : `${signal}, ${shellStatus} in a shell`;
  if (code === null) return undefined;
  return signalBehind === undefined ? `exit code ${code}` : `exit code ${code}, which is ${signalBehind}`;
}

function signalOf(code: number | null): string | undefined {
  if (code === null || code <= 128) return undefined;
  return Object.keys(NUMBERS).find((name) => NUMBERS[name] === code - 128);
}
