import { Logger } from '@nestjs/common';

/**
 * Nest's logger, so that `app.useLogger()` works, but a logger of the app that throws (a transport that has
 * ended, a full disk) takes nothing of ours or of the app's work with it.
 */
export class SafeLogger {
  private readonly inner: Logger;

  constructor(context: string) {
    this.inner = new Logger(context);
  }

  log(line: string): void {
    this.write('log', line);
  }

  warn(line: string): void {
    this.write('warn', line);
  }

  error(line: string): void {
    this.write('error', line);
  }

  write(level: 'log' | 'warn' | 'error' | 'debug' | 'verbose', line: string): void {
    try {
      this.inner[level](line);
    } catch {
      // There is nobody left to tell.
    }
  }
}
