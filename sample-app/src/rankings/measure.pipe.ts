import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';
import { MEASURE_NAMES, type Measure } from './measures.js';

@Injectable()
export class MeasurePipe implements PipeTransform<string | undefined, Measure> {
  transform(value: string = 'momentum'): Measure {
    const measure = MEASURE_NAMES.find((name) => name === value);
    if (measure) return measure;

    throw new BadRequestException(`"by" must be one of ${MEASURE_NAMES.join(', ')}, got "${value}".`);
  }
}
