/** What a job holds its memory as. */
export type MemoryKind = 'buffers' | 'objects';

export type Platform = 'express' | 'fastify';

export interface JobsSetup {
  readonly redisPort: number;
  readonly count: number;
  readonly concurrency: number;
  readonly kind: MemoryKind;
  readonly megabytes: number;
  readonly holdMs: number;
}

/** What the app process is told. */
export interface AppSetup {
  readonly platform: Platform;
  /** `ResilienceModule.forRoot()`, without options. */
  readonly hasHeadroom: boolean;
  readonly jobs?: JobsSetup;
}
