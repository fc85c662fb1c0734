/** What a user writes who has HTTP and no queues; dist.spec.ts compiles and runs it against the packed package. */
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PressureService, ResilienceModule } from 'nestjs-headroom';

@Controller()
class PressureController {
  constructor(private readonly pressure: PressureService) {}

  @Get('pressure')
  level(): string {
    return this.pressure.verdict.level;
  }
}

@Module({ imports: [ResilienceModule.forRoot({ health: true })], controllers: [PressureController] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();
const health = await fetch(`${url}/health`);
const pressure = await fetch(`${url}/pressure`);
await app.close();
process.stdout.write(JSON.stringify({ health: health.status, pressure: await pressure.text() }));
