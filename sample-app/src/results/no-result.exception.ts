import { NotFoundException } from '@nestjs/common';

export class NoResultException extends NotFoundException {
  constructor(what: string) {
    super(`There is no ${what}. Results are made by a batch: POST /batches.`);
  }
}
