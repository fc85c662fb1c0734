import { Injectable, type PipeTransform } from '@nestjs/common';
import { MarketPipe } from '../prices/market.pipe.js';
import { ALL_MARKETS } from './reports.queue.js';

/** Lets known market codes pass, and the word for all of them, in any case of letters. */
@Injectable()
export class ReportMarketPipe implements PipeTransform<string, string> {
  private readonly markets = new MarketPipe();

  transform(value: string): string {
    return value.toUpperCase() === ALL_MARKETS ? ALL_MARKETS : this.markets.transform(value);
  }
}
