import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IsolatedTaskRunner, ResilienceModule } from 'nestjs-headroom';

import type { Setup } from '../setup.js';
import type { Runner } from './runner.js';

const FILE = new URL('../work.task.js', import.meta.url);

export async function runTasks({ contestant, concurrency }: Setup): Promise<Runner> {
  @Module({ imports: [ResilienceModule.forRoot({ isolation: { maxChildren: concurrency } })] })
  class TasksModule {}

  const app = await NestFactory.createApplicationContext(TasksModule);
  const runner = app.get(IsolatedTaskRunner);
  const warm = contestant === 'headroom-warm';
  return { run: async (data) => runner.run(FILE, data, { warm }) };
}
