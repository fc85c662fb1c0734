import type { Verdict } from '../support/verdict.js';
import { benchBoth } from './both/index.js';
import { benchJobs } from './jobs/index.js';
import { benchRequests } from './requests/index.js';
import type { SceneRequest } from './run/request.js';
import { benchStream } from './stream/index.js';

type Scene = (redisPort: number, request: SceneRequest) => Promise<Verdict[]>;

export const SCENES = {
  'jobs-buffers': (port, request) => benchJobs('buffers', port, request),
  'jobs-chunks': (port, request) => benchJobs('chunks', port, request),
  'jobs-objects': (port, request) => benchJobs('objects', port, request),
  'requests-express': (_port, request) => benchRequests('express', request),
  'requests-fastify': (_port, request) => benchRequests('fastify', request),
  both: benchBoth,
  stream: benchStream,
} satisfies Readonly<Record<string, Scene>>;

export type SceneName = keyof typeof SCENES;

/** `jobs` names both scenes that begin so. */
export function scenesNamed(prefix: string): SceneName[] {
  return (Object.keys(SCENES) as SceneName[]).filter((name) => name.startsWith(prefix));
}
