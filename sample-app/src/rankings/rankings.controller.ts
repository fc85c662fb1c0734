import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { MarketPipe } from '../prices/market.pipe.js';
import { NoResultException } from '../results/no-result.exception.js';
import { ResultsService } from '../results/results.service.js';
import { MeasurePipe } from './measure.pipe.js';
import type { Measure } from './measures.js';
import { rankingKey } from './rankings.queue.js';

@Controller('rankings')
export class RankingsController {
  constructor(private readonly results: ResultsService) {}

  @Get(':market')
  @Header('Content-Type', 'application/json')
  async read(
    @Param('market', MarketPipe) market: string,
    @Query('by', MeasurePipe) measure: Measure,
  ): Promise<string> {
    const ranking = await this.results.get('rankings', rankingKey({ market, measure }));
    if (ranking === undefined) throw new NoResultException(`ranking of ${market} by ${measure} yet`);
    return ranking;
  }
}
