/** What memory is held as: one Buffer, Buffers of 1 MB, or objects in the heap of V8. */
export type MemoryKind = 'buffers' | 'chunks' | 'objects';

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
  readonly jobs?: JobsSetup | undefined;
  readonly protection?: Protection | undefined;
}

export type Protection =
  | { readonly by: 'in-flight limit'; readonly limit: number }
  | { readonly by: 'under-pressure'; /** Milliseconds. */ readonly sampleInterval: number }
  | { readonly by: 'overload-protection' };

/** What Headroom did to the work of the process. */
export interface Acts {
  readonly refusedRequests: number;
  /** The most jobs that waited for memory at one time. */
  readonly heldJobs: number;
  /** The levels that pressure rose to. */
  readonly levels: readonly string[];
}
