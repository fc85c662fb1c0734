type Answers = Readonly<Record<string, () => unknown>>;

/** The setup that the parent gave to this process. */
export function readSetup(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}

/** The other end of `startChild()`: tells that this process is ready, answers questions, and ends with its parent. */
export function serveParent(ready: object, answers: Answers): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (question: string) => {
    void Promise.resolve(answers[question]?.()).then((answer) => process.send?.(answer ?? null));
  });
  process.send?.(ready);
}
