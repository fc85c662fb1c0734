import { Controller, Get, HttpCode, NotFoundException, Param, Post } from '@nestjs/common';
import { SkipMemoryBudget } from 'nestjs-headroom';
import { MARKETS, tickersOf } from '../prices/markets.js';
import type { BatchProgress } from './batch-progress.js';
import { BatchesService } from './batches.service.js';

interface StartedBatch {
  readonly id: string;
  readonly links: Readonly<Record<string, string>>;
}

@Controller('batches')
export class BatchesController {
  constructor(private readonly batches: BatchesService) {}

  @Post()
  @HttpCode(202)
  async start(): Promise<StartedBatch> {
    const id = await this.batches.start('http');
    return { id, links: { progress: `/batches/${id}`, ...resultLinks() } };
  }

  /** Costs next to nothing, and is asked for most when the app is short of memory. */
  @Get(':id')
  @SkipMemoryBudget()
  async progress(@Param('id') id: string): Promise<BatchProgress> {
    const progress = await this.batches.progress(id);
    if (progress) return progress;

    throw new NotFoundException(
      id === 'latest' ? 'No batch was started yet: POST /batches.' : `There is no batch "${id}" (any more).`,
    );
  }
}

/** Links to one result of each kind, to look at when the batch is done. */
function resultLinks(): Record<string, string> {
  const [market] = MARKETS;
  if (!market) return {};

  const [ticker] = tickersOf(market);
  return {
    ranking: `/rankings/${market.code}`,
    indicators: `/indicators/${ticker}`,
    report: `/reports/${market.code}`,
  };
}
