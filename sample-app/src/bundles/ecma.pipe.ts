import { BadRequestException, Injectable, type PipeTransform } from '@nestjs/common';
import type { ECMA } from 'terser';

const TARGETS: readonly ECMA[] = [5, 2015, 2020];

@Injectable()
export class EcmaPipe implements PipeTransform<string | undefined, ECMA> {
  transform(value: string = '2020'): ECMA {
    const target = TARGETS.find((known) => String(known) === value);
    if (target) return target;

    throw new BadRequestException(`"ecma" must be one of ${TARGETS.join(', ')}, got "${value}".`);
  }
}
