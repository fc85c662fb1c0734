import { ProcessSlot } from './process-slot.js';

const BYTES_PER_SLOT = Int32Array.BYTES_PER_ELEMENT;
const MAX_NAMES = 4096;

/** Where what stands on the board. The thread that reads it is given this. */
export const LOOP_BOARD_SLOTS = Object.freeze({ beats: 0, readiness: 1, running: 2 });

/**
 * Names of what may run on the main thread, and their numbers: `0` is nothing that is known. One list per process, so
 * that a number means the same on every board.
 */
class LoopNames {
  private readonly ids = new Map<string, number>();
  private readonly names: string[] = [''];
  private readonly listeners = new Set<(id: number, name: string) => void>();

  /** The number of a name; `0` when there are too many names. Keep it: this looks it up in a map. */
  idOf(name: string): number {
    const known = this.ids.get(name);
    if (known !== undefined) return known;
    if (this.names.length > MAX_NAMES) return 0;
    const id = this.names.push(name) - 1;
    this.ids.set(name, id);
    for (const tell of this.listeners) tell(id, name);
    return id;
  }

  nameOf(id: number): string | undefined {
    return this.names[id] || undefined;
  }

  /** Tells all names so far, and each that follows. @returns what ends it */
  each(tell: (id: number, name: string) => void): () => void {
    for (const [name, id] of this.ids) tell(id, name);
    this.listeners.add(tell);
    return () => void this.listeners.delete(tell);
  }
}

export const loopNames = new LoopNames();

/**
 * What the main thread tells threads that watch it, in memory that they share: they can read it while the event loop is
 * blocked. Each method stores one number.
 */
export class LoopBoard {
  readonly memory = new SharedArrayBuffer(Object.keys(LOOP_BOARD_SLOTS).length * BYTES_PER_SLOT);
  private readonly slots = new Int32Array(this.memory);

  /** The event loop turns. A count and no time: the clocks of two threads need not agree, and may jump. */
  beat(): void {
    Atomics.add(this.slots, LOOP_BOARD_SLOTS.beats, 1);
  }

  /** What whoever asks for readiness is told; the numbers are the publisher's and the reader's affair. */
  setReadiness(code: number): void {
    Atomics.store(this.slots, LOOP_BOARD_SLOTS.readiness, code);
  }

  /** What is on the stack from now on; `0` is nothing that is known. @param id of {@link loopNames} */
  enter(id: number): void {
    Atomics.store(this.slots, LOOP_BOARD_SLOTS.running, id);
  }
}

/** The board that is watched now, if any: `loopBoards.current?.enter(id)`. */
export const loopBoards = new ProcessSlot<LoopBoard>();
