/** Calls that come too fast, made rarer; the last one is never lost. */

const PAUSE = 500;

/** `action`, at most once a pause for each subject: the first call at once, later ones together at the end of the pause. */
export function throttle<Subject extends object>(action: (subject: Subject) => void, pause = PAUSE): (subject: Subject) => void {
  const waiting = new WeakMap<Subject, { again: boolean }>();
  const run = (subject: Subject): void => {
    const state = { again: false };
    waiting.set(subject, state);
    setTimeout(() => {
      waiting.delete(subject);
      if (state.again) run(subject);
    }, pause);
    action(subject);
  };
  return (subject) => {
    const state = waiting.get(subject);
    if (state) state.again = true;
    else run(subject);
  };
}
