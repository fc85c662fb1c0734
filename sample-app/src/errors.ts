export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of an error of Node, such as `ENOENT`. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** The app cannot start, for a reason outside its code: the message says all, a stack would only hide it. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
