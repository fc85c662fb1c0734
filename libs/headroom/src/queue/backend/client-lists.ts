import type { QueueBase } from 'bullmq';

import { SharedQuestion } from './shared-question.js';

const KEEP_MS = 1000;
/** A node of a cluster that does not answer must not hide what the others tell. */
const TIMEOUT_MS = 500;

/** They hold every client of a server: asked once for all queues of a connection. */
const questions = new WeakMap<object, SharedQuestion<readonly string[]>>();

/** The clients of the server behind a worker or a queue; `undefined` where it may not be asked, or does not answer. */
export async function clientListsOf(one: QueueBase): Promise<readonly string[] | undefined> {
  const { value } = await questionOf(one).ask(async () => one.backend.getClientList(), TIMEOUT_MS);
  return value;
}

export function forgetClientLists({ opts: { connection } }: QueueBase): void {
  questions.get(connection)?.forget();
}

function questionOf({ opts: { connection } }: QueueBase): SharedQuestion<readonly string[]> {
  let question = questions.get(connection);
  if (!question) questions.set(connection, (question = new SharedQuestion(KEEP_MS)));
  return question;
}
