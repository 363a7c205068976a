// Brings calls to a service behind HTTP: plain JSON, as its OpenAPI document says.

import * as http from 'node:http';
import * as https from 'node:https';
import { z } from 'zod';
import { type ErrorCode, errorCodes, FlywheelError } from '../../core/errors.js';
import { parsedJson } from '../../core/parsed-json.js';
import { readBody } from './read-body.js';
import type { Carry } from './service-contract.js';

export interface HttpCarryDeps {
  readonly service: string;
  /** Where the service is, such as http://models.internal:8000; methods are below `/v1/`. */
  readonly url: string;
  /** The longest answer that is taken (64 MiB). */
  readonly answerLimitBytes?: number;
}

/** The errors that a service may answer with; anything else means that it is not well. */
const passedOn: ReadonlySet<ErrorCode> = new Set(['BAD_INPUT', 'LIMIT_EXCEEDED', 'TIMEOUT', 'UNAVAILABLE']);

const refusal = z.object({ error: z.object({ code: z.enum(errorCodes), message: z.string() }) });

/** Of what a service says in its own words, so much is passed on. */
const messageLengthMax = 300;

/** Calls of a service at once; others wait for a connection. */
const socketsMax = 32;

interface Post {
  readonly target: URL;
  readonly body: string;
  readonly signal: AbortSignal;
}

/**
 * A call is made once more, on a new connection, only when it was sent on one that was kept open from an earlier call and
 * that was closed without a byte of an answer: the other end had most likely hung up before it came. Anything else that
 * fails might fail the service again, or does not change by asking twice.
 */
export function createHttpCarry(deps: HttpCarryDeps): Carry {
  const { service, url, answerLimitBytes = 64 * 1024 * 1024 } = deps;
  const base = new URL(url.endsWith('/') ? url : `${url}/`);
  const keptOpen = { keepAlive: true, maxSockets: socketsMax };
  const kept = base.protocol === 'https:' ? new https.Agent(keptOpen) : new http.Agent(keptOpen);

  async function textOf(response: http.IncomingMessage): Promise<string> {
    try {
      return (await readBody(response, answerLimitBytes)).toString('utf8');
    } catch (error) {
      response.destroy();
      const fault = `${service} broke its answer off, or it is longer than ${answerLimitBytes} bytes.`;
      throw new FlywheelError('UNAVAILABLE', fault, { cause: error });
    }
  }

  return async (method, items, { signal, deadlineMs }) => {
    const target = new URL(`v1/${encodeURIComponent(method)}`, base);
    const call: Post = { target, body: JSON.stringify({ items, deadlineMs }), signal };
    try {
      const response = await post(call, kept).catch((error: unknown) => {
        if (error instanceof HungUpBefore) return post(call, false);
        throw error;
      });
      const { statusCode = 0 } = response;
      const content = parsedJson(await textOf(response));
      if (statusCode < 200 || statusCode > 299) throw faultOf(service, statusCode, content);
      if (content !== undefined) return content;
      throw new FlywheelError('UNAVAILABLE', `${service} answered with something that is not JSON.`);
    } catch (error) {
      if (signal.aborted) throw new FlywheelError('CANCELLED', `A call of ${service} was given up.`);
      if (error instanceof FlywheelError) throw error;
      const place = `${base.origin}${base.pathname}`;
      throw new FlywheelError('UNAVAILABLE', `${service} cannot be reached at ${place}.`, { cause: error });
    }
  };
}

/** A connection that had been kept open was closed before anything came back on it. */
class HungUpBefore extends Error {}

/** Resolves when the head of the answer is there. `agent` false opens a connection for this call alone. */
function post({ target, body, signal }: Post, agent: http.Agent | false): Promise<http.IncomingMessage> {
  const options = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      accept: 'application/json',
    },
    agent,
    signal,
  };
  return new Promise((resolve, reject) => {
    const sending =
      target.protocol === 'https:' ? https.request(target, options) : http.request(target, options);
    let readBefore = 0;
    sending.on('socket', (socket) => {
      readBefore = socket.bytesRead;
    });
    sending.on('response', resolve);
    sending.on('error', (error: NodeJS.ErrnoException) => {
      const isClosed = error.code === 'ECONNRESET' || error.code === 'EPIPE';
      const isSilent = sending.socket?.bytesRead === readBefore;
      reject(sending.reusedSocket && isClosed && isSilent ? new HungUpBefore() : error);
    });
    sending.end(body);
  });
}

function faultOf(service: string, status: number, content: unknown): FlywheelError {
  const read = refusal.safeParse(content);
  if (read.success && passedOn.has(read.data.error.code)) {
    const { code, message } = read.data.error;
    const said = message.length > messageLengthMax ? `${message.slice(0, messageLengthMax)}…` : message;
    return new FlywheelError(code, `${service} says: ${said}`);
  }
  return new FlywheelError('UNAVAILABLE', `${service} answered with status ${status}.`);
}
