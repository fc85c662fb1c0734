import { Controller, Get } from '@nestjs/common';
import { TaskCostsService, type TaskCost } from './task-costs.service.js';

@Controller('costs')
export class CostsController {
  constructor(private readonly taskCosts: TaskCostsService) {}

  @Get()
  list(): TaskCost[] {
    return this.taskCosts.list();
  }
}
