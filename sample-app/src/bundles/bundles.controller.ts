import { Controller, Get, Header, NotFoundException, Param, Query } from '@nestjs/common';
import type { ECMA } from 'terser';
import { BundlesService } from './bundles.service.js';
import { BUNDLE_NAMES } from './client-modules.js';
import { EcmaPipe } from './ecma.pipe.js';

@Controller('bundles')
export class BundlesController {
  constructor(private readonly bundles: BundlesService) {}

  @Get(':name.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  @Header('Cache-Control', 'public, max-age=3600')
  async read(@Param('name') name: string, @Query('ecma', EcmaPipe) ecma: ECMA): Promise<string> {
    if (!BUNDLE_NAMES.includes(name)) {
      throw new NotFoundException(`There is no bundle "${name}". Bundles: ${BUNDLE_NAMES.join(', ')}.`);
    }
    return this.bundles.get(name, ecma);
  }
}
