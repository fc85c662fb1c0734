import { Injectable } from '@nestjs/common';
import { Redis } from 'ioredis';

/** Each kind is one hash in Redis with a field per ticker or market: a new batch overwrites the old one. */
export type ResultKind = 'indicators' | 'rankings' | 'reports';

@Injectable()
export class ResultsService {
  constructor(private readonly redis: Redis) {}

  async put(kind: ResultKind, entries: ReadonlyMap<string, object>): Promise<void> {
    const fields = [...entries].flatMap(([key, result]) => [key, JSON.stringify(result)]);
    await this.redis.hset(keyOf(kind), ...fields);
  }

  /** The stored JSON text: it is sent as it is. */
  async get(kind: ResultKind, key: string): Promise<string | undefined> {
    return (await this.redis.hget(keyOf(kind), key)) ?? undefined;
  }
}

function keyOf(kind: ResultKind): string {
  return `market-data:results:${kind}`;
}
