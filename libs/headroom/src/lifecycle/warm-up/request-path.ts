import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request, type Server } from 'node:http';
import { request as requestTls, Server as TlsServer } from 'node:https';

const FIRST_BAD_STATUS = 400;

/**
 * Asks a server of this process for a path and reads the answer to its end.
 *
 * @throws when there is no answer, or one of 400 and above
 */
export async function requestPath(server: Server, path: string, signal: AbortSignal): Promise<void> {
  const options = {
    ...whereIs(server),
    path,
    signal,
    agent: false,
    headers: { 'user-agent': 'headroom-warm-up', connection: 'close' },
  };
  // Our own certificate is made for another name.
  const sent: ClientRequest =
    server instanceof TlsServer ? requestTls({ ...options, rejectUnauthorized: false }) : request(options);
  // An error after the answer has begun comes on the answer as well.
  sent.on('error', () => undefined).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  const { statusCode = 0 } = response;
  if (statusCode >= FIRST_BAD_STATUS) throw new Error(`answered ${statusCode}`);
}

function whereIs(server: Server): { socketPath: string } | { host: string; port: number } {
  const address = server.address();
  if (address === null) throw new Error('the app does not listen');
  if (typeof address === 'string') return { socketPath: address };
  const { address: host, port } = address;
  switch (host) {
    case '0.0.0.0':
      return { host: '127.0.0.1', port };
    case '::':
      return { host: 'localhost', port };
    default:
      return { host, port };
  }
}
