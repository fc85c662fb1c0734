import { Controller, Get } from '@nestjs/common';

/** The plain route that probes and load generators ask. */
@Controller()
export class PingController {
  @Get('ping')
  ping(): string {
    return 'pong';
  }
}
