import type { Queue } from 'bullmq';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';

import { MemoryCgroup } from '../support/memory-cgroup.js';
import { type Backend, BACKENDS, type BackendServer, type QueuePlace } from './backends.js';
import { Supervisor } from './supervisor.js';
import { type AppSetup, type Spawn, WorkerApp } from './worker-app.js';

/** What each test of a spec has: a queue in a place of its own, and processes that are killed when it ends. */
export class Ground {
  private server!: BackendServer;
  private place!: QueuePlace;
  private ownQueue!: Queue;
  private readonly cleanUps: (() => unknown)[] = [];

  constructor(backend: Backend) {
    beforeAll(async () => {
      this.server = await backend.start();
    });
    afterAll(async () => this.server.stop());
    beforeEach(async () => {
      this.place = await this.server.newPlace();
      this.ownQueue = this.place.queue('work');
      this.atEnd(() => this.ownQueue.close());
    });
    afterEach(async () => {
      for (const cleanUp of this.cleanUps.splice(0).toReversed()) await cleanUp();
    });
  }

  /** The queue `work`, on which the apps work. */
  get queue(): Queue {
    return this.ownQueue;
  }

  /** What an app is to be told, to have its queues here. */
  get setup(): QueuePlace['setup'] {
    return this.place.setup;
  }

  /** Done when the test ends; what was asked for last comes first. */
  atEnd(cleanUp: () => unknown): void {
    this.cleanUps.push(cleanUp);
  }

  /** An empty folder, gone when the test ends. */
  newFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'headroom-'));
    this.atEnd(() => rmSync(folder, { recursive: true }));
    return folder;
  }

  /** An app, ready to be asked. */
  async start(setup: AppSetup = {}, spawn?: Spawn): Promise<WorkerApp> {
    const app = this.spawn(setup, spawn);
    await app.see('ready');
    return app;
  }

  /** An app that starts. */
  spawn(setup: AppSetup = {}, spawn?: Spawn): WorkerApp {
    const app = WorkerApp.spawn({ ...this.setup, ...setup }, spawn);
    this.atEnd(async () => {
      app.kill('SIGKILL');
      await app.end();
    });
    return app;
  }

  supervise(setup: AppSetup = {}, spawn?: Spawn): Supervisor {
    const supervisor = new Supervisor({ ...this.setup, ...setup }, spawn);
    this.atEnd(() => supervisor.stop());
    return supervisor;
  }

  /** For processes in a memory cgroup of their own. */
  limitedTo(bytes: number): Spawn {
    const cgroup = MemoryCgroup.create(bytes);
    // After all that was asked for before: what runs inside is to end first.
    this.cleanUps.unshift(() => cgroup.remove());
    return (nodeArgs, env) => cgroup.spawn(nodeArgs, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  }
}

/** The same specs on each backend that there is here. */
export function onEachBackend(specs: (ground: Ground) => void): void {
  for (const { name } of BACKENDS) onBackend(name, specs);
}

/** Of specs that take minutes: a file per backend, and both run side by side. */
export function onBackend(name: Backend['name'], specs: (ground: Ground) => void): void {
  const backend = BACKENDS.find((one) => one.name === name)!;
  describe.skipIf(backend.skip)(`on ${name}`, () => {
    specs(new Ground(backend));
  });
}
