/** Where Redis is, and how to be rid of it when it was started for this process. */
export interface RedisServer {
  /** With its password: not for the log. */
  readonly url: string;
  /** For people. */
  readonly description: string;
  readonly embedded: boolean;
  stop(): Promise<void>;
}

export const REDIS_SERVER = Symbol('REDIS_SERVER');
