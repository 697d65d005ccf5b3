// A stand-in of ours for `@std/assert`, used only where JSR cannot be reached.

/** The error that a failed assertion throws. */
export class AssertionError extends Error {
  /**
   * Makes one with `message`; `options` are those of `Error`.
   *
   * @param message What did not hold.
   * @param options The cause, if there is one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

/**
 * Throws an {@linkcode AssertionError} made of what went wrong and, where the
 * caller gave one, their own message.
 */
export function reject(what: string, msg?: string, detail?: string): never {
  const head = msg ? `${what}: ${msg}` : `${what}.`;
  throw new AssertionError(detail ? `${head}\n${detail}` : head);
}
