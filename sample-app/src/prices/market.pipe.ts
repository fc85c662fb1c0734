import { Injectable, NotFoundException, type PipeTransform } from '@nestjs/common';
import { MARKET_CODES } from './markets.js';

/** Lets known market codes pass, in any case of letters. */
@Injectable()
export class MarketPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    const market = value.toUpperCase();
    if (MARKET_CODES.includes(market)) return market;

    throw new NotFoundException(`There is no market "${value}". Markets: ${MARKET_CODES.join(', ')}.`);
  }
}
