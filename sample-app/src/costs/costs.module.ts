import { Module } from '@nestjs/common';
import { CostsController } from './costs.controller.js';
import { TaskCostsService } from './task-costs.service.js';

@Module({ providers: [TaskCostsService], controllers: [CostsController] })
export class CostsModule {}
