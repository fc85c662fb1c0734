import { Controller, Get, Header, Param } from '@nestjs/common';
import { MarketPipe } from '../prices/market.pipe.js';
import { NoResultException } from '../results/no-result.exception.js';
import { ResultsService } from '../results/results.service.js';

@Controller('reports')
export class ReportsController {
  constructor(private readonly results: ResultsService) {}

  @Get(':market')
  @Header('Content-Type', 'application/json')
  async read(@Param('market', MarketPipe) market: string): Promise<string> {
    const report = await this.results.get('reports', market);
    if (report === undefined) throw new NoResultException(`report of ${market} yet`);
    return report;
  }
}
