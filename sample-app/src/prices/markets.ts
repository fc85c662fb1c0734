export interface Market {
  readonly code: string;
  readonly name: string;
  /** Ends every ticker of the market, after a dot. */
  readonly suffix: string;
  /** How many tickers are listed. */
  readonly listings: number;
}

export const MARKETS: readonly Market[] = [
  { code: 'XNYS', name: 'New York', suffix: 'N', listings: 800 },
  { code: 'XNAS', name: 'Nasdaq', suffix: 'O', listings: 900 },
  { code: 'XLON', name: 'London', suffix: 'L', listings: 500 },
  { code: 'XETR', name: 'Frankfurt', suffix: 'DE', listings: 300 },
  { code: 'XTKS', name: 'Tokyo', suffix: 'T', listings: 350 },
  { code: 'XPAR', name: 'Paris', suffix: 'PA', listings: 150 },
];

export const MARKET_CODES: readonly string[] = MARKETS.map(({ code }) => code);

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const NAMES = LETTERS.length ** 4;
/** Shares no factor with 26, so that the steps below meet every four-letter name once. */
const STRIDE = 123_457;

/** Four letters and the market's suffix: `TICK.N`. */
export function tickersOf(market: Market): string[] {
  const first = market.code.split('').reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % NAMES;
  return Array.from(
    { length: market.listings },
    (_, index) => `${fourLetters((first + index * STRIDE) % NAMES)}.${market.suffix}`,
  );
}

function fourLetters(number: number): string {
  let rest = number;
  let name = '';
  for (let place = 0; place < 4; place++) {
    name += LETTERS[rest % LETTERS.length];
    rest = Math.floor(rest / LETTERS.length);
  }
  return name;
}
