import type { LoggerService } from '@nestjs/common';

/** Keeps what is logged, for a spec to read. */
export class RecordingLogger implements LoggerService {
  readonly lines: string[] = [];

  log = (message: unknown) => this.keep('log', message);
  warn = (message: unknown) => this.keep('warn', message);
  error = (message: unknown) => this.keep('error', message);
  debug = (message: unknown) => this.keep('debug', message);
  verbose = (message: unknown) => this.keep('verbose', message);
  fatal = (message: unknown) => this.keep('fatal', message);

  matching(pattern: RegExp): string[] {
    return this.lines.filter((line) => pattern.test(line));
  }

  private keep(level: string, message: unknown): void {
    this.lines.push(`${level} ${String(message)}`);
  }
}
