import { Controller, Get, Header, Param } from '@nestjs/common';
import { TickerPipe } from '../prices/ticker.pipe.js';
import { NoResultException } from '../results/no-result.exception.js';
import { ResultsService } from '../results/results.service.js';

@Controller('indicators')
export class IndicatorsController {
  constructor(private readonly results: ResultsService) {}

  @Get(':ticker')
  @Header('Content-Type', 'application/json')
  async read(@Param('ticker', TickerPipe) ticker: string): Promise<string> {
    const indicators = await this.results.get('indicators', ticker);
    if (indicators === undefined) throw new NoResultException(`result for the ticker ${ticker}`);
    return indicators;
  }
}
