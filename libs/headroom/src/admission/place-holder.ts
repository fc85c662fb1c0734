/** Who takes places: a worker. The admission counts them here, so that no worker is left without any. */
export interface PlaceHolder {
  readonly queue: string;
  /** What the user set; it can change while the worker runs. */
  readonly concurrency: number;
  places: number;
}
