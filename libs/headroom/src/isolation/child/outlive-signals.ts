const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** The parent gets the same signal, and needs a moment to say that it drains. */
const SPARED_WITHIN_MS = 1000;

/**
 * systemd signals every process of a unit, a terminal every process of its group: the child of an app that drains must
 * not die of it, for its task may end in good order. A signal that was meant for this process alone still ends it,
 * a second later, as soon as its loop turns.
 *
 * @returns to be called when the parent says that it drains
 */
export function outliveSignals(): () => void {
  let isSpared = false;
  for (const signal of SIGNALS) {
    const later = () => {
      if (isSpared) return;
      setTimeout(() => {
        if (isSpared) return;
        process.off(signal, later);
        process.kill(process.pid, signal);
      }, SPARED_WITHIN_MS);
    };
    process.on(signal, later);
  }
  return () => {
    isSpared = true;
  };
}
