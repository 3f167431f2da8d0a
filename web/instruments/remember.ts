/**
 * Remembers the answers of a function of plain values, so that the engine is asked once for each set of arguments.
 * A refusal is not remembered; of more than `most` answers the oldest is forgotten.
 */
export function remember<Arguments extends unknown[], Answer>(
  ask: (...args: Arguments) => Answer | Promise<Answer>,
  most: number,
): (...args: Arguments) => Promise<Answer> {
  const answers = new Map<string, Promise<Answer>>();
  return (...args) => {
    const key = JSON.stringify(args);
    const known = answers.get(key);
    if (known) return known;
    const answer = (async () => ask(...args))();
    answers.set(key, answer);
    answer.catch(() => answers.delete(key));
    const [oldest] = answers.keys();
    if (answers.size > most && oldest !== undefined) answers.delete(oldest);
    return answer;
  };
}

/** The same for a function of an object and plain values; what is known of an object goes with it. */
export function rememberOf<Thing extends object, Arguments extends unknown[], Answer>(
  ask: (thing: Thing, ...args: Arguments) => Answer | Promise<Answer>,
  most: number,
): (thing: Thing, ...args: Arguments) => Promise<Answer> {
  const known = new WeakMap<Thing, (...args: Arguments) => Promise<Answer>>();
  return (thing, ...args) => {
    const askOf = known.get(thing) ?? remember((...given: Arguments) => ask(thing, ...given), most);
    known.set(thing, askOf);
    return askOf(...args);
  };
}
