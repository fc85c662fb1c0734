import { explainExit } from 'nestjs-headroom';
import { afterEach, describe, expect, it } from 'vitest';

import { MemoryCgroup, memoryCgroupOrSkip } from '../support/memory-cgroup.js';

const MB = 1024 ** 2;
const FILL_BUFFERS = 'const kept = []; for (;;) kept.push(Buffer.alloc(1024 ** 2, 1))';
const FILL_HEAP = 'const kept = []; for (;;) kept.push({ row: new Array(100).fill(Math.random()) })';

describe.skipIf(memoryCgroupOrSkip())('a process in a cgroup of 128MB', () => {
  let cgroup: MemoryCgroup;
  afterEach(() => cgroup.remove());

  it('that takes more is killed by the kernel, and its count proves it', async () => {
    cgroup = MemoryCgroup.create(128 * MB);
    const { code, signal, stderr } = await cgroup.run(['--max-old-space-size=120', '-e', FILL_BUFFERS]);
    const explanation = explainExit({
      code,
      signal,
      stderr,
      oomKills: cgroup.oomKills,
      memory: { peakRssBytes: 126 * MB, heapCeilingBytes: 120 * MB, limitBytes: 128 * MB },
      surroundings: { kind: 'systemd', name: 'reports.service' },
    });
    expect(explanation).toMatchObject({ cause: 'kernel-oom-kill', certainty: 'proven', shellStatus: 137 });
    expect(explanation.text).toMatchInlineSnapshot(`
      "was killed by the kernel: memory ran out, the limit is 128MB (SIGKILL, 137 in a shell)
      evidence: proven; oom_kill of its cgroup rose by 1
      memory: rss peak 126MB; heap up to 120MB; limit 128MB
      what to change:
        - raise the unit's memory: \`MemoryMax=160M\` in reports.service
        - set \`OOMPolicy=continue\` there: else systemd stops the whole unit when one process of it is killed
        - or keep its heap below the limit: \`--max-old-space-size=96\`; it may grow to 120MB now, so that the kernel kills it before V8 can say that it is full
        - or let it hold less at a time: smaller batches, streams instead of whole results, less at once"
    `);
  });

  it('that fills its heap first is told to raise the container first', async () => {
    cgroup = MemoryCgroup.create(128 * MB);
    const { code, signal, stderr } = await cgroup.run(['--max-old-space-size=60', '-e', FILL_HEAP]);
    const { cause, certainty, advice } = explainExit({
      code,
      signal,
      stderr,
      oomKills: cgroup.oomKills,
      memory: { heapCeilingBytes: 90 * MB, limitBytes: 128 * MB },
      surroundings: { kind: 'kubernetes', name: 'reports-5f7d' },
    });
    expect({ cause, certainty, advice }).toMatchInlineSnapshot(`
      {
        "advice": [
          "raise the container's memory: \`resources.limits.memory: 224Mi\` (pod reports-5f7d); first, since 128MB are too little for a larger heap",
          "give V8 more: \`--max-old-space-size=160\` on its command line (\`execArgv\` of a child) or in NODE_OPTIONS",
          "or let it hold less at a time: smaller batches, streams instead of whole results, less at once",
        ],
        "cause": "heap-limit",
        "certainty": "proven",
      }
    `);
  });
});
