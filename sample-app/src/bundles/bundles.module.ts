import { Module } from '@nestjs/common';
import { BundlesController } from './bundles.controller.js';
import { BundlesService } from './bundles.service.js';

@Module({ providers: [BundlesService], controllers: [BundlesController] })
export class BundlesModule {}
