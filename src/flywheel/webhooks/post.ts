// Brings a message to a webhook: one POST, on a connection that is kept for the next, and what came of it.

import * as http from 'node:http';
import * as https from 'node:https';
import { ClosedAddress, isClosedHost, lookupPublic } from './guarded-lookup.js';

/** How an attempt ended; `fault` is a sentence that says why it failed, `isGone` that another would be in vain. */
export type Sent =
  | { readonly isDelivered: true }
  | { readonly isDelivered: false; readonly isGone: boolean; readonly fault: string };

export interface Letter {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Poster {
  /** Never rejects, unless the signal is aborted. */
  post(letter: Letter, signal: AbortSignal): Promise<Sent>;
  close(): void;
}

export interface PosterDeps {
  /** Whether addresses of this machine and of private networks are connected to. */
  readonly isPrivateAllowed: boolean;
  /** How long an attempt may take, from the lookup of the host to the head of the answer (10,000 ms). */
  readonly timeoutMs?: number;
}

/** An answer counts by its status; so much of the rest is read, so that the connection can be used again. */
const answerLimitBytes = 65_536;

class TimedOut extends Error {}

interface Request extends Letter {
  readonly target: URL;
  readonly agent: http.Agent | false;
}

/** Redirects are not followed: where they lead, nobody has registered. */
export function createPoster({ isPrivateAllowed, timeoutMs = 10_000 }: PosterDeps): Poster {
  const keptOpen = { keepAlive: true, maxFreeSockets: 32 };
  const agents = { 'http:': new http.Agent(keptOpen), 'https:': new https.Agent(keptOpen) };

  /** The status of the answer. */
  function exchange({ target, headers, body, agent }: Request, signal: AbortSignal): Promise<number> {
    const options: https.RequestOptions = {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'flywheel-gateway',
      },
      agent,
      ...(isPrivateAllowed ? {} : { lookup: lookupPublic }),
    };
    return new Promise((resolve, reject) => {
      const request =
        target.protocol === 'https:' ? https.request(target, options) : http.request(target, options);
      const stop = () => request.destroy(new Error('The attempt was given up.'));
      const timer = setTimeout(() => request.destroy(new TimedOut()), timeoutMs);
      signal.addEventListener('abort', stop, { once: true });
      request.once('close', () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      });
      request.once('response', (response) => {
        resolve(response.statusCode ?? 0);
        letRunOut(response);
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        const isClosed = error.code === 'ECONNRESET' || error.code === 'EPIPE';
        reject(request.reusedSocket && isClosed ? new HungUpBefore() : error);
      });
      request.end(body);
    });
  }

  return {
    async post(letter, signal) {
      signal.throwIfAborted();
      const target = new URL(letter.url);
      // No lookup is made of a host that is an address already.
      if (!isPrivateAllowed && isClosedHost(target)) return failed(closedFault);
      const agent = target.protocol === 'https:' ? agents['https:'] : agents['http:'];
      try {
        const status = await exchange({ ...letter, target, agent }, signal).catch((error: unknown) => {
          if (error instanceof HungUpBefore) return exchange({ ...letter, target, agent: false }, signal);
          throw error;
        });
        return sentOf(status);
      } catch (error) {
        signal.throwIfAborted();
        return failed(faultOf(error, timeoutMs));
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** A connection that had been kept was closed by the other end, perhaps before it read the message. */
class HungUpBefore extends Error {}

function letRunOut(response: http.IncomingMessage): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > answerLimitBytes) response.destroy();
  });
  response.on('error', () => undefined);
}

function sentOf(status: number): Sent {
  if (status >= 200 && status <= 299) return { isDelivered: true };
  if (status === 410) {
    return { isDelivered: false, isGone: true, fault: 'It answered 410: nothing is taken there any more.' };
  }
  if (status >= 300 && status <= 399) {
    return failed(`It answered ${status}, and redirects are not followed; register where it leads to.`);
  }
  return failed(`It answered with status ${status}; 200 to 299 is success.`);
}

const closedFault = `${new ClosedAddress().message} To allow that, set FLYWHEEL_WEBHOOK_PRIVATE=on.`;

function faultOf(error: unknown, timeoutMs: number): string {
  if (error instanceof ClosedAddress) return closedFault;
  if (error instanceof TimedOut) return `It did not answer within ${timeoutMs / 1_000} s.`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given';
  return `It cannot be reached, or does not speak HTTP (${code}).`;
}

function failed(fault: string): Sent {
  return { isDelivered: false, isGone: false, fault };
}
