/** An error as it is sent between processes. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly cause?: PlainError;
}

const MAX_DEPTH = 5;
/** A message can hold a whole answer of some server. */
const MAX_LENGTH = 64 * 1024;

/** Anything can be thrown; getters of it may throw. */
export function toPlainError(error: unknown, depth = 0): PlainError {
  try {
    if (!(error instanceof Error)) return { name: 'Error', message: bounded(String(error)) };
    // Nothing keeps an error from having a message that is no text.
    const { name, message, stack, code } = error as Record<'name' | 'message', unknown> & {
      stack?: unknown;
      code?: unknown;
    };
    return {
      name: bounded(String(name)),
      message: bounded(String(message)),
      ...(typeof stack === 'string' ? { stack: bounded(stack) } : {}),
      ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
      ...(error.cause !== undefined && depth < MAX_DEPTH
        ? { cause: toPlainError(error.cause, depth + 1) }
        : {}),
    };
  } catch {
    return { name: 'Error', message: 'something was thrown that cannot be read' };
  }
}

function bounded(text: string): string {
  if (text.length <= MAX_LENGTH) return text;
  return `${text.slice(0, MAX_LENGTH)}... (${text.length - MAX_LENGTH} characters more)`;
}

/** The error again, with its name, its stack and its code; not its class. */
export function fromPlainError({ name, message, stack, code, cause }: PlainError): Error {
  const error = new Error(message, cause ? { cause: fromPlainError(cause) } : undefined);
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}
