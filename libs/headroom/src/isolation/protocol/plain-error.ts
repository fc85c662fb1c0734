/** An error as it is sent between processes. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly cause?: PlainError;
}

const MAX_DEPTH = 5;

/** Anything can be thrown; getters of it may throw. */
export function toPlainError(error: unknown, depth = 0): PlainError {
  try {
    if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
    const { code } = error as { code?: unknown };
    return {
      name: error.name,
      message: error.message,
      ...(typeof error.stack === 'string' ? { stack: error.stack } : {}),
      ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
      ...(error.cause !== undefined && depth < MAX_DEPTH
        ? { cause: toPlainError(error.cause, depth + 1) }
        : {}),
    };
  } catch {
    return { name: 'Error', message: 'something was thrown that cannot be read' };
  }
}

/** The error again, with its name, its stack and its code; not its class. */
export function fromPlainError({ name, message, stack, code, cause }: PlainError): Error {
  const error = new Error(message, cause ? { cause: fromPlainError(cause) } : undefined);
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}
