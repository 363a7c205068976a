// Waits for a call no longer than it may take, and tells it when nobody waits any more.

import { FlywheelError } from '../../core/errors.js';

export interface Deadline {
  readonly service: string;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Settles as `call` does, but with TIMEOUT once the time is over and with CANCELLED once `signal` is aborted, even if the
 * call goes on. The signal that the call is given is aborted then.
 */
export function withinDeadline<T>(
  call: (signal: AbortSignal) => Promise<T>,
  { service, deadlineMs, signal }: Deadline,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const ending = new AbortController();
    const late = () => new FlywheelError('TIMEOUT', `${service} did not answer within ${deadlineMs} ms.`);
    const timer = setTimeout(() => giveUp(late()), deadlineMs);
    const onAbort = () => giveUp(new FlywheelError('CANCELLED', `A call of ${service} was given up.`));
    const clear = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    function giveUp(reason: FlywheelError): void {
      clear();
      reject(reason);
      ending.abort(reason);
    }
    if (signal?.aborted) {
      onAbort();
      return;
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    call(ending.signal)
      // Nobody here gave it up: where it is worked on, the end of its time was seen a moment earlier.
      .then(resolve, (error: unknown) => reject(isGivenUp(error) ? late() : error))
      .finally(clear);
  });
}

function isGivenUp(error: unknown): boolean {
  return error instanceof FlywheelError && error.code === 'CANCELLED';
}
