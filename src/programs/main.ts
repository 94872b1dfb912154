/** The launcher: a small process that starts programs for a large one, to which each start would be dear. */
import type { AnswerMessage, CallMessage } from './launch-messages.js';
import { runProgram } from './run-program.js';

function answer(message: AnswerMessage): void {
  // Nobody is left to be told when it cannot be sent.
  process.send?.(message, () => undefined);
}

process.on('message', ({ id, call }: CallMessage) => {
  runProgram(call).then(
    (given) => answer({ id, answer: given }),
    (error: unknown) => answer({ id, refusal: String(error) }),
  );
});
// Who started it still needs it to end well; it goes when that one has gone, however that came about.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));
