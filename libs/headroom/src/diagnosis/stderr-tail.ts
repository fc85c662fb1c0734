import { StringDecoder } from 'node:string_decoder';

/** Room for V8's last words: the line that says why stands before a native stack of some thirty long lines. */
const MAX_BYTES = 16 * 1024;
const MAX_LINES = 100;

/** The last lines of what a process writes on stderr: bounded, whatever it writes. */
export class StderrTail {
  private readonly decoder = new StringDecoder('utf8');
  private kept = '';
  private isCut = false;

  /**
   * @param maxBytes counted as characters
   * @param maxLines how many lines are given back
   */
  constructor(
    private readonly maxBytes = MAX_BYTES,
    private readonly maxLines = MAX_LINES,
  ) {}

  push(chunk: Buffer | string): void {
    this.kept += typeof chunk === 'string' ? chunk : this.decoder.write(chunk);
    // Cut when there is twice as much: not with each of many small chunks.
    if (this.kept.length > 2 * this.maxBytes) this.cut();
  }

  /** Whole lines, as far as there is more than one. */
  text(): string {
    if (this.kept.length > this.maxBytes) this.cut();
    const lines = this.kept.split('\n');
    if (lines.at(-1) === '') lines.pop();
    if (this.isCut && lines.length > 1) lines.shift();
    return lines.slice(-this.maxLines).join('\n');
  }

  private cut(): void {
    this.kept = this.kept.slice(-this.maxBytes);
    this.isCut = true;
  }
}
