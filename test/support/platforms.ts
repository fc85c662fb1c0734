import type { Server } from 'node:http';
import type { INestApplication, LoggerService, ModuleMetadata } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test, TestingModule, TestingModuleBuilder } from '@nestjs/testing';
import { afterAll, describe } from 'vitest';

const PLATFORMS = ['express', 'fastify'] as const;

export interface RunningApp {
  readonly app: INestApplication;
  /** Without a slash at the end. */
  readonly url: string;
  /** Closes the app; once, however often it is called. */
  close(): Promise<void>;
}

export interface CreateAppOptions {
  /** @default false: nothing is logged */
  readonly logger?: LoggerService | false;
  /** Runs before the app listens: global prefix, shutdown hooks, middleware. */
  readonly configure?: (app: INestApplication) => void | Promise<void>;
}

export interface Platform {
  readonly name: (typeof PLATFORMS)[number];
  /** An app that listens on a free port of 127.0.0.1; closed after the suite unless the spec did. */
  createApp(
    source: ModuleMetadata | TestingModuleBuilder | TestingModule,
    options?: CreateAppOptions,
  ): Promise<RunningApp>;
}

/** Runs the same suite over Express and over Fastify. */
export function onEachPlatform(suite: (platform: Platform) => void): void {
  describe.each(PLATFORMS)('on %s', (name) => {
    const running = new Set<RunningApp>();
    afterAll(async () => {
      for (const each of running) await each.close();
    });
    suite({
      name,
      createApp: async (source, options) => {
        const app = await start(name, source, options);
        running.add(app);
        return app;
      },
    });
  });
}

async function start(
  name: Platform['name'],
  source: ModuleMetadata | TestingModuleBuilder | TestingModule,
  { logger = false, configure }: CreateAppOptions = {},
): Promise<RunningApp> {
  const adapter = name === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = (await compiled(source, logger)).createNestApplication(adapter, { logger });
  await configure?.(app);
  await app.listen(0, '127.0.0.1');
  let closing: Promise<void> | undefined;
  return { app, url: await app.getUrl(), close: () => (closing ??= closeOnce(app)) };
}

async function compiled(
  source: ModuleMetadata | TestingModuleBuilder | TestingModule,
  logger: LoggerService | false,
): Promise<TestingModule> {
  if (source instanceof TestingModule) return source;
  const builder = source instanceof TestingModuleBuilder ? source : Test.createTestingModule(source);
  return (logger ? builder.setLogger(logger) : builder).compile();
}

/** A spec may have closed the app by itself, and Nest runs the shutdown hooks again when asked twice. */
async function closeOnce(app: INestApplication): Promise<void> {
  const server: Server = app.getHttpServer();
  if (server.listening) await app.close();
}
