/** What Node wrote about an error that nobody caught. */
export interface UncaughtError {
  /** `TypeError: x is not a function`, or the thrown value as Node shows it; one line. */
  readonly thrown: string;
  readonly isRejection: boolean;
  /** Whether nothing follows: else it may be of another process, that wrote on the same stderr. */
  readonly isLast: boolean;
}

/** With this Node ends what it writes about an uncaught error. */
const TRAILER = /^Node\.js v\d+\.\d+\.\d+\S*$/gm;
const CARET = /^\s*\^+\s*$/;
const ERROR = /^(?:Uncaught )?[\w$.]*(?:Error|Exception|Rejection)\b.*?(?::|$)/;
const REASON = /The promise rejected with the reason "(.*?)"\.?(?:\]|\s|$)/s;

/** Finds the error that ended a process in what it wrote on stderr; `undefined` when Node wrote none. */
export function findUncaught(stderr: string): UncaughtError | undefined {
  const trailer = [...stderr.matchAll(TRAILER)].at(-1);
  if (!trailer) return undefined;
  const lines = stderr.slice(0, trailer.index).split('\n');
  const from = lines.findLastIndex((line) => CARET.test(line)) + 1;
  const thrown = thrownIn(lines.slice(from));
  if (thrown === undefined) return undefined;
  const isRejection = thrown.startsWith('UnhandledPromiseRejection');
  const reason = isRejection ? REASON.exec(lines.slice(from).join('\n'))?.[1] : undefined;
  const isLast = stderr.slice(trailer.index + trailer[0].length).trim() === '';
  return { thrown: reason ?? thrown, isRejection, isLast };
}

function thrownIn(lines: readonly string[]): string | undefined {
  const line = lines.find((one) => ERROR.test(one)) ?? lines.find((one) => one.trim() !== '');
  return line?.trim().replace(/ \{$/, '');
}
