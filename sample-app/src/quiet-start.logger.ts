import { ConsoleLogger, Injectable } from '@nestjs/common';

const STARTING_UP = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

/** Nest's logger without a line per module and route, so that the lines worth reading are seen. */
@Injectable()
export class QuietStartLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && STARTING_UP.has(context)) return;
    super.log(message, ...rest);
  }

  /** What stops the start is reported by `main.ts`, once. */
  override error(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) !== 'ExceptionHandler') super.error(message, ...rest);
  }
}
