import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { codeOf, StartupError } from './errors.js';
import { QuietStartLogger } from './quiet-start.logger.js';
import { roleFrom } from './role.js';
import { tryNext } from './try-next.js';

async function start(): Promise<void> {
  const port = portFrom(process.env['PORT']);
  const role = roleFrom(process.env['ROLE']);
  const app = await NestFactory.create(AppModule.forRole(role), {
    logger: new QuietStartLogger(),
    abortOnError: false,
  });
  app.enableShutdownHooks();
  try {
    await app.listen(port);
  } catch (error) {
    await app.close();
    throw codeOf(error) === 'EADDRINUSE'
      ? new StartupError(`Port ${port} is taken. Choose another: PORT=3001 npm start`)
      : error;
  }
  const origin = `http://localhost:${port}`;
  process.stdout.write(
    role.isApi ? tryNext(origin) : `\n  Working on the queues. Health: ${origin}/health\n\n`,
  );
}

function portFrom(text = '3000'): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new StartupError(`PORT must be a whole number from 1 to 65535, got "${text}".`);
}

start().catch((error: unknown) => {
  new Logger('SampleApp').fatal(error instanceof StartupError ? error.message : error);
  process.exit(1);
});
