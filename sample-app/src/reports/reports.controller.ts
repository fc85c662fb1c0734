import { Controller, Get, Header, HttpCode, NotFoundException, Param, Post } from '@nestjs/common';
import { SkipMemoryBudget } from 'nestjs-headroom';
import { NoResultException } from '../results/no-result.exception.js';
import { ResultsService } from '../results/results.service.js';
import { ReportMarketPipe } from './report-market.pipe.js';
import { type ReportProgress, ReportsService } from './reports.service.js';

interface StartedReport {
  readonly id: string;
  readonly links: Readonly<Record<string, string>>;
}

@Controller('reports')
export class ReportsController {
  constructor(
    private readonly reports: ReportsService,
    private readonly results: ResultsService,
  ) {}

  @Post(':market')
  @HttpCode(202)
  async start(@Param('market', ReportMarketPipe) market: string): Promise<StartedReport> {
    const id = await this.reports.start(market);
    return { id, links: { progress: `/reports/jobs/${id}`, report: `/reports/${market}` } };
  }

  /** Costs next to nothing, and is asked for most when the app is short of memory. */
  @Get('jobs/:id')
  @SkipMemoryBudget()
  async progress(@Param('id') id: string): Promise<ReportProgress> {
    const progress = await this.reports.progress(id);
    if (progress) return progress;

    throw new NotFoundException(`There is no report job "${id}" (any more).`);
  }

  @Get(':market')
  @Header('Content-Type', 'application/json')
  async read(@Param('market', ReportMarketPipe) market: string): Promise<string> {
    const report = await this.results.get('reports', market);
    if (report === undefined) throw new NoResultException(`report of ${market} yet`);
    return report;
  }
}
