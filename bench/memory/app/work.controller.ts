import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get } from '@nestjs/common';

import { hold } from './held-memory.js';

export const WORK_MB = 30;
export const WORK_MS = 300;

/** The route that takes memory: it holds one Buffer for as long as a query would take. */
@Controller()
export class WorkController {
  @Get('work')
  async work(): Promise<{ bytes: number }> {
    const held = hold('buffers', WORK_MB);
    await delay(WORK_MS);
    return { bytes: held.use() };
  }
}
