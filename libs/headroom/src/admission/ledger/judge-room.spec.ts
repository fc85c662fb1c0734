import { describe, expect, it } from 'vitest';

import type { MemoryReading } from '../../vitals/index.js';
import { judgeRoom, type RoomFacts } from './judge-room.js';

const SHARES = { heap: 0.9, memory: 0.9, memoryWithReturning: 0.9 };
const NOTHING = { heapBytes: 0, totalBytes: 0 };

function facts(
  more: Partial<Omit<RoomFacts, 'reading'>> & { reading?: Partial<MemoryReading> } = {},
): RoomFacts {
  const { reading, ...rest } = more;
  return {
    reading: {
      usedBytes: 100,
      unchargedBytes: 0,
      limitBytes: 1000,
      heapUsedBytes: 40,
      heapOldBytes: 30,
      heapPhysicalBytes: 50,
      heapCeilingBytes: 400,
      externalBytes: 10,
      machineAvailableBytes: Infinity,
      ...reading,
    },
    floor: { heapBytes: 40, totalBytes: 100 },
    claimed: NOTHING,
    outstanding: NOTHING,
    outstandingLargeBytes: 0,
    garbage: NOTHING,
    leftHeapBytes: 0,
    slackBytes: 0,
    returningBytes: 0,
    ...rest,
  };
}

const buffers = (bytes: number) => ({ heapBytes: 0, totalBytes: bytes });
const objects = (bytes: number) => ({ heapBytes: bytes, totalBytes: bytes });

describe('whether a unit fits', () => {
  it('up to the share of the limit, and not a byte more', () => {
    expect(judgeRoom(facts(), buffers(800), SHARES)).toBe('fits');
    expect(judgeRoom(facts(), buffers(801), SHARES)).toBe('full');
  });

  it('up to the share of the heap ceiling too', () => {
    expect(judgeRoom(facts(), objects(320), SHARES)).toBe('fits');
    expect(judgeRoom(facts(), objects(321), SHARES)).toBe('full');
    expect(judgeRoom(facts(), buffers(321), SHARES)).toBe('fits');
  });

  it('less what others may hold, taken or not', () => {
    const claimed = buffers(500);
    expect(judgeRoom(facts({ claimed, outstanding: claimed }), buffers(300), SHARES)).toBe('fits');
    expect(judgeRoom(facts({ claimed, outstanding: claimed }), buffers(301), SHARES)).toBe('full');
    expect(judgeRoom(facts({ claimed, reading: { usedBytes: 600 } }), buffers(301), SHARES)).toBe('full');
  });

  it('garbage is in the way, and is told when its collection would make the room', () => {
    const reading = { usedBytes: 700 };
    expect(judgeRoom(facts({ reading, garbage: buffers(600) }), buffers(300), SHARES)).toBe('garbage');
    expect(judgeRoom(facts({ reading, garbage: buffers(50) }), buffers(300), SHARES)).toBe('full');
  });

  it("garbage that ended units left in the heap is in nobody's way, unless its pages are", () => {
    const reading = { heapUsedBytes: 350, heapPhysicalBytes: 350, usedBytes: 450 };
    const room = facts({ reading, garbage: objects(300) });
    expect(judgeRoom(room, objects(200), SHARES)).toBe('garbage');
    expect(judgeRoom({ ...room, leftHeapBytes: 189 }, objects(200), SHARES)).toBe('garbage');
    expect(judgeRoom({ ...room, leftHeapBytes: 190 }, objects(200), SHARES)).toBe('fits');
    const full = { ...room.reading, usedBytes: 750 };
    expect(judgeRoom({ ...room, reading: full, leftHeapBytes: 300 }, objects(200), SHARES)).toBe('garbage');
  });

  it("what is on its way back to the kernel is in nobody's way, up to a larger share", () => {
    const shares = { ...SHARES, memory: 0.8 };
    const room = facts({ reading: { usedBytes: 650 }, returningBytes: 50 });
    expect(judgeRoom(room, buffers(200), shares)).toBe('fits');
    expect(judgeRoom({ ...room, returningBytes: 49 }, buffers(200), shares)).toBe('full');
    expect(judgeRoom({ ...room, returningBytes: 500 }, buffers(250), shares)).toBe('fits');
    expect(judgeRoom({ ...room, returningBytes: 500 }, buffers(251), shares)).toBe('full');
    expect(judgeRoom({ ...room, returningBytes: 500 }, buffers(251), SHARES)).toBe('full');
  });

  it('what the allocator kept of freed Buffers can be taken by new ones, and free heap pages by objects', () => {
    const reading = { usedBytes: 850 };
    expect(judgeRoom(facts({ reading, slackBytes: 300 }), buffers(300), SHARES)).toBe('fits');
    expect(judgeRoom(facts({ reading, slackBytes: 300 }), objects(300), SHARES)).toBe('full');
    const pages = { usedBytes: 850, heapPhysicalBytes: 340 };
    expect(judgeRoom(facts({ reading: pages }), objects(300), SHARES)).toBe('fits');
  });

  it('of what the allocator kept, as many whole blocks as there are', () => {
    const reading = { usedBytes: 850 };
    const room = facts({ reading, outstanding: buffers(60), slackBytes: 119 });
    expect(judgeRoom(room, buffers(30), SHARES)).toBe('fits');
    expect(judgeRoom({ ...room, outstanding: buffers(90) }, buffers(30), SHARES)).toBe('fits');
    const full = { ...room.reading, usedBytes: 890 };
    expect(judgeRoom({ ...room, reading: full, outstanding: buffers(90) }, buffers(30), SHARES)).toBe('full');
  });

  it('what others may take in blocks that no allocator keeps leaves the rest to small ones', () => {
    const MB = 1024 ** 2;
    const reading = { usedBytes: 850 * MB, limitBytes: 1000 * MB, heapCeilingBytes: 1000 * MB };
    const room = facts({ reading, outstanding: buffers(50 * MB), slackBytes: 300 * MB });
    expect(judgeRoom(room, buffers(30 * MB), SHARES)).toBe('fits');
    const large = { ...room, outstandingLargeBytes: 50 * MB };
    expect(judgeRoom(large, buffers(30 * MB), SHARES)).toBe('fits');
    expect(
      judgeRoom(
        { ...large, outstandingLargeBytes: 51 * MB, outstanding: buffers(51 * MB) },
        buffers(30 * MB),
        SHARES,
      ),
    ).toBe('full');
  });

  it('a block that is larger than what an allocator keeps is not taken from there', () => {
    const MB = 1024 ** 2;
    const reading = { usedBytes: 850 * MB, limitBytes: 1000 * MB, heapCeilingBytes: 1000 * MB };
    const room = facts({ reading, slackBytes: 300 * MB });
    expect(judgeRoom(room, buffers(32 * MB), SHARES)).toBe('fits');
    expect(judgeRoom(room, buffers(100 * MB), SHARES)).toBe('full');
  });

  it('not what the machine cannot give', () => {
    const reading = { machineAvailableBytes: 200 };
    expect(judgeRoom(facts({ reading }), buffers(200), SHARES)).toBe('fits');
    expect(judgeRoom(facts({ reading }), buffers(201), SHARES)).toBe('full');
  });
});
