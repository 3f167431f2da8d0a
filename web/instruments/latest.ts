/**
 * Asks for one answer at a time. A request that arrives while another is under way waits, and a newer one takes its
 * place: answers come back in order, an outdated request is never asked, and the last request is always answered.
 */
export function latestOnly<Request, Answer>(
  ask: (request: Request) => Promise<Answer>,
  deliver: (answer: Answer) => void,
  refuse: (reason: unknown) => void,
): (request: Request) => Promise<void> {
  let waiting: { request: Request } | undefined;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (waiting) {
      const { request } = waiting;
      waiting = undefined;
      try {
        deliver(await ask(request));
      } catch (reason) {
        refuse(reason);
      }
    }
    running = undefined;
  }

  return (request) => {
    waiting = { request };
    running ??= run();
    return running;
  };
}
