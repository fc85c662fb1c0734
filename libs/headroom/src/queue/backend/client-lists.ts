import type { Worker } from 'bullmq';

import { SharedQuestion } from './shared-question.js';

const KEEP_MS = 1000;
/** A node of a cluster that does not answer must not hide what the others tell. */
const TIMEOUT_MS = 500;

/** They hold every client of a server: asked once for all queues of a connection. */
const questions = new WeakMap<object, SharedQuestion<readonly string[]>>();

/** The clients of the server behind a worker; `undefined` where it may not be asked, or does not answer. */
export async function clientListsOf(worker: Worker): Promise<readonly string[] | undefined> {
  const { value } = await questionOf(worker).ask(async () => worker.backend.getClientList(), TIMEOUT_MS);
  return value;
}

export function forgetClientLists(worker: Worker): void {
  questions.get(worker.opts.connection)?.forget();
}

function questionOf({ opts: { connection } }: Worker): SharedQuestion<readonly string[]> {
  let question = questions.get(connection);
  if (!question) questions.set(connection, (question = new SharedQuestion(KEEP_MS)));
  return question;
}
