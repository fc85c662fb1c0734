import { createReadStream } from 'node:fs';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';

/** Sends a file of any size, a piece at a time: it fills the page cache, not the process. */
@Controller()
export class FileController {
  @Get('file')
  file(@Query('path') path: string): StreamableFile {
    return new StreamableFile(createReadStream(path));
  }
}
