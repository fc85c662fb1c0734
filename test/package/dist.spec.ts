import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis } from '../support/redis.js';
import { PlainApp } from './plain-app.js';

const NEST = ['common', 'core', 'platform-express', 'schedule', 'terminus'].map(
  (name) => `@nestjs/${name}@^12.0.0`,
);

describe('the packed package in a plain Nest app outside the workspace', () => {
  let app: PlainApp;

  beforeAll(async () => {
    app = await PlainApp.create();
    await app.install(app.tarball, ...NEST, 'reflect-metadata@^0.2.0', 'rxjs@^7.8.0', '@types/node@^20.19.0');
  });
  afterAll(() => app?.remove());

  it('brings what it is built of and nothing else', () => {
    const files = app.filesOf('nestjs-headroom');
    expect(files).toEqual(
      expect.arrayContaining([
        'package.json',
        'dist/index.js',
        'dist/index.d.ts',
        'dist/health/probe/thread/probe-thread.mjs',
        'README.md',
        'LICENSE',
        'CHANGELOG.md',
      ]),
    );
    expect(files.filter((file) => /\.spec\.|^src\b|^test\b|\.tsbuildinfo$/.test(file))).toEqual([]);
  });

  describe('without BullMQ', () => {
    it('compiles, serves and ends by itself', async () => {
      expect(app.has('bullmq')).toBe(false);
      expect(app.has('@nestjs/bullmq')).toBe(false);
      expect(await app.runApp('http-only')).toEqual({ health: 200, pressure: 'normal' });
    });

    it('ships declarations that lack nothing but BullMQ', async () => {
      const errors = await app.declarationErrors('nestjs-headroom');
      expect(errors.filter((error) => !/Cannot find module '(@nestjs\/)?bullmq'/.test(error))).toEqual([]);
    });

    it('is the same module through import and require', async () => {
      const script = `
        const required = require('nestjs-headroom');
        import('nestjs-headroom').then((imported) => {
          console.log(typeof required.ResilienceModule, imported.ResilienceModule === required.ResilienceModule);
        });`;
      expect(await app.runScript(script)).toBe('function true');
    });
  });

  describe('with BullMQ', () => {
    beforeAll(() => app.install('@nestjs/bullmq@^12.0.0', 'bullmq@^6.0.0', 'ioredis@^5.0.0'));

    it('compiles, wraps the worker, runs a job and ends by itself', async () => {
      const redis = await startRedis();
      try {
        const seen = await app.runApp('with-queue', { REDIS_URL: redis.url });
        expect(seen).toEqual({ sum: 6, wrapped: ['sums'] });
      } finally {
        await redis.stop();
      }
    });

    it('ships declarations that hold without skipLibCheck', async () => {
      expect(await app.declarationErrors('nestjs-headroom')).toEqual([]);
    });
  });
});
