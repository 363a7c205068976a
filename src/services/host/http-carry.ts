// Brings calls to a service behind HTTP: plain JSON, as its OpenAPI document says.

import { z } from 'zod';
import { type ErrorCode, errorCodes, FlywheelError } from '../../core/errors.js';
import type { Carry } from './service-contract.js';

export interface HttpCarryDeps {
  readonly service: string;
  /** Where the service is, such as http://models.internal:8000; methods are below `/v1/`. */
  readonly url: string;
}

/** The errors that a service may answer with; anything else means that it is not well. */
const passedOn: ReadonlySet<ErrorCode> = new Set(['BAD_INPUT', 'TIMEOUT', 'UNAVAILABLE']);

const refusal = z.object({ error: z.object({ code: z.enum(errorCodes), message: z.string().max(2_000) }) });

/**
 * A call whose connection fails is made once more: methods only read, and a connection that was kept open may have been
 * closed by the other end a moment ago.
 */
export function createHttpCarry({ service, url }: HttpCarryDeps): Carry {
  const base = url.endsWith('/') ? url : `${url}/`;

  async function post(method: string, body: string, signal: AbortSignal): Promise<Response> {
    return fetch(new URL(`v1/${encodeURIComponent(method)}`, base), {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body,
      signal,
      redirect: 'error',
    });
  }

  return async (method, items, { signal, deadlineMs }) => {
    const body = JSON.stringify({ items, deadlineMs });
    try {
      const response = await post(method, body, signal).catch((error: unknown) => {
        if (signal.aborted) throw error;
        return post(method, body, signal);
      });
      if (!response.ok) throw await faultOf(service, response);
      return await response.json();
    } catch (error) {
      if (error instanceof FlywheelError) throw error;
      if (signal.aborted) throw new FlywheelError('CANCELLED', `A call of ${service} was given up.`);
      if (error instanceof SyntaxError) {
        throw new FlywheelError('UNAVAILABLE', `${service} answered with something that is not JSON.`, {
          cause: error,
        });
      }
      throw new FlywheelError('UNAVAILABLE', `${service} cannot be reached at ${base}.`, { cause: error });
    }
  };
}

async function faultOf(service: string, response: Response): Promise<FlywheelError> {
  const { status } = response;
  const read = refusal.safeParse(await response.json().catch(() => undefined));
  if (read.success && passedOn.has(read.data.error.code)) {
    const { code, message } = read.data.error;
    return new FlywheelError(code, message);
  }
  return new FlywheelError('UNAVAILABLE', `${service} answered with status ${status}.`);
}
