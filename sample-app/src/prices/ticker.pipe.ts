import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';

const TICKER = /^[A-Z]{4}\.[A-Z]{1,2}$/;

/** Lets texts of a ticker's shape pass, in any case of letters. */
@Injectable()
export class TickerPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    const ticker = value.toUpperCase();
    if (TICKER.test(ticker)) return ticker;

    throw new BadRequestException(
      `"${value}" is no ticker: four letters, a dot, the market's one or two letters.`,
    );
  }
}
