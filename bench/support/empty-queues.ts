import { Redis } from 'ioredis';

/** Empties Redis. */
export async function emptyQueues(port: number): Promise<void> {
  const connection = new Redis({ host: '127.0.0.1', port });
  await connection.flushall();
  await connection.quit();
}
