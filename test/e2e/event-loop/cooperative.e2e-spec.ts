import {
  Controller,
  Get,
  HttpCode,
  NotFoundException,
  Param,
  ParseIntPipe,
  Res,
  Sse,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Cooperative, ResilienceModule } from 'nestjs-headroom';
import { map, type Observable, of } from 'rxjs';
import { expect, it } from 'vitest';

import { onEachPlatform } from '../../support/platforms.js';

class Exclaim implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<string>): Observable<string> {
    return next.handle().pipe(map((text) => `${text}!`));
  }
}

/** What both platforms have of a response. */
interface AnyResponse {
  status(code: number): { send(body: string): void };
}

@Cooperative({ sliceMs: 0 })
@Controller('results')
class ResultsController {
  private readonly prefix = 'item';

  @Get('value/:id')
  value(@Param('id', ParseIntPipe) id: number): unknown {
    return `${this.prefix} ${id}`;
  }

  @Get('promise')
  @HttpCode(202)
  async promise(): Promise<string> {
    return Promise.resolve('promise');
  }

  @Get('observable')
  observable(): unknown {
    return of('first', 'last');
  }

  @Get('intercepted')
  @UseInterceptors(Exclaim)
  intercepted(): unknown {
    return of('intercepted');
  }

  @Get('response')
  response(@Res() response: AnyResponse): void {
    response.status(203).send('by hand');
  }

  @Get('throws')
  throws(): unknown {
    throw new NotFoundException('there is none');
  }

  @Sse('events')
  events(): unknown {
    return of({ data: 'one' }, { data: 'two' });
  }
}

onEachPlatform((platform) => {
  it('a handler that waits for its turn answers as it would without, whatever it returns', async () => {
    const { url } = await platform.createApp({
      imports: [ResilienceModule.forRoot()],
      controllers: [ResultsController],
    });
    const get = async (path: string) => {
      const response = await fetch(`${url}/results/${path}`);
      return { status: response.status, text: await response.text() };
    };
    expect(await get('value/5')).toEqual({ status: 200, text: 'item 5' });
    expect((await get('value/five')).status).toBe(400);
    expect(await get('promise')).toEqual({ status: 202, text: 'promise' });
    expect(await get('observable')).toEqual({ status: 200, text: 'last' });
    expect(await get('intercepted')).toEqual({ status: 200, text: 'intercepted!' });
    expect(await get('response')).toEqual({ status: 203, text: 'by hand' });
    const missing = await get('throws');
    expect(missing.status).toBe(404);
    expect(missing.text).toContain('there is none');
    const events = await get('events');
    expect(events.text).toContain('data: one');
    expect(events.text).toContain('data: two');
  });
});
