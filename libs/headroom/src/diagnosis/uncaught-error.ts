/** What Node wrote about an error that nobody caught. */
export interface UncaughtError {
  /** `TypeError: x is not a function`, or the thrown value as Node shows it; one line. */
  readonly thrown: string;
  readonly isRejection: boolean;
}

/** With this Node ends what it writes about an uncaught error. */
const TRAILER = /^Node\.js v\d+\.\d+\.\d+\S*$/m;
const CARET = /^\s*\^+\s*$/;
const ERROR = /^(?:Uncaught )?[\w$.]*(?:Error|Exception|Rejection)\b.*?(?::|$)/;
const REASON = /The promise rejected with the reason "(.*)"\.?/s;

/** Finds the error that ended a process in what it wrote on stderr; `undefined` when Node wrote none. */
export function findUncaught(stderr: string): UncaughtError | undefined {
  const end = stderr.search(TRAILER);
  if (end < 0) return undefined;
  const lines = stderr.slice(0, end).split('\n');
  const from = lines.findLastIndex((line) => CARET.test(line)) + 1;
  const thrown = thrownIn(lines.slice(from));
  if (thrown === undefined) return undefined;
  const reason = thrown.startsWith('UnhandledPromiseRejection') ? REASON.exec(stderr)?.[1] : undefined;
  if (reason === undefined) return { thrown, isRejection: thrown.startsWith('UnhandledPromiseRejection') };
  return { thrown: reason, isRejection: true };
}

function thrownIn(lines: readonly string[]): string | undefined {
  const line = lines.find((one) => ERROR.test(one)) ?? lines.find((one) => one.trim() !== '');
  return line?.trim().replace(/ \{$/, '');
}
