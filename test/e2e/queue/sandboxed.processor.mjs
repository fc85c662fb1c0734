/** A sandboxed processor: runs in a child process of BullMQ. */
export default async function process(job) {
  return `pid ${globalThis.process.pid} job ${job.id}`;
}
