import { MARKETS, tickersOf } from './prices/markets.js';

/** What a newcomer can do with the running app. */
export function tryNext(origin: string): string {
  const { port } = new URL(origin);
  const [market] = MARKETS;
  const [ticker] = market ? tickersOf(market) : [];
  const line = (command: string, comment: string): string =>
    `    ${command.padEnd(origin.length + 24)}# ${comment}`;

  return `
  Try next, in another terminal:

${line(`curl -X POST ${origin}/batches`, 'start a batch: an import, then 84 jobs in 3 queues')}
${line(`curl ${origin}/batches/latest`, `watch it (with bars: ${port === '3000' ? '' : `PORT=${port} `}npm run batch --workspace sample-app)`)}
${line(`curl ${origin}/rankings/${market?.code}`, 'read a result')}

  Health: ${origin}/health
  More:   /reports/${market?.code}  /indicators/${ticker}  /bundles/rxjs.js  /costs
  Break:  curl -X POST ${origin}/reports/ALL   (its process runs out of heap, the app goes on)

`;
}
