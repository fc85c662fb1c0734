import { StringDecoder } from 'node:string_decoder';

/** Room for V8's last words: the line that says why stands before a native stack of some thirty long lines. */
const MAX_BYTES = 16 * 1024;
const MAX_LINES = 100;

/** The last lines of what a process writes on stderr: bounded, whatever it writes. */
export class StderrTail {
  private readonly decoder = new StringDecoder('utf8');
  private kept = '';

  /**
   * @param maxBytes counted as characters
   * @param maxLines how many lines are given back
   */
  constructor(
    private readonly maxBytes = MAX_BYTES,
    private readonly maxLines = MAX_LINES,
  ) {}

  push(chunk: Buffer | string): void {
    const text = typeof chunk === 'string' ? chunk : this.decoder.write(chunk);
    this.kept += text.slice(-this.maxBytes);
    // Cut when there is twice as much: not with each of many small chunks.
    if (this.kept.length > 2 * this.maxBytes) this.kept = this.kept.slice(-this.maxBytes);
  }

  /** Whole lines, as far as there is more than one. */
  text(): string {
    const lines = this.kept.slice(-this.maxBytes).split('\n');
    if (this.kept.length > this.maxBytes && lines.length > 1) lines.shift();
    if (lines.at(-1) === '') lines.pop();
    return lines.slice(-this.maxLines).join('\n');
  }
}
