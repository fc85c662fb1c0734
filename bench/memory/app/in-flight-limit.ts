import type { IncomingMessage, ServerResponse } from 'node:http';

type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** What one writes by hand: so many requests of a route at once, the others wait in line. */
export function inFlightLimit(path: string, limit: number): Middleware {
  const waiting: (() => void)[] = [];
  let inFlight = 0;
  const startNext = (): void => {
    while (inFlight < limit && waiting.length > 0) {
      inFlight++;
      waiting.shift()!();
    }
  };
  return (request, response, next) => {
    if (request.url !== path) return next();
    waiting.push(() => {
      response.once('close', () => {
        inFlight--;
        startNext();
      });
      next();
    });
    startNext();
  };
}
