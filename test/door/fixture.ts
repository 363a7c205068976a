// A real door on a free port of the loopback, and clients plain enough to say what no proper client would.

import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterEach } from 'vitest';
import { createKeyRing } from '../../src/access/keys.js';
import { loadConfig } from '../../src/config.js';
import { systemClock } from '../../src/core/clock.js';
import type { Exchange, ExchangeHandler } from '../../src/core/exchange.js';
import { createLog } from '../../src/core/log.js';
import type { SocketHandler } from '../../src/core/socket.js';
import { createTelemetry } from '../../src/core/telemetry.js';
import { createDoor } from '../../src/door/door.js';
import type { HealthCheck } from '../../src/door/readiness.js';

export const readerKey = 'the reader key';
export const withKeys = {
  FLYWHEEL_API_KEYS: `board:reader:${createHash('sha256').update(readerKey).digest('hex')}`,
};

export interface DoorOptions {
  readonly env?: Record<string, string>;
  readonly graphql?: ExchangeHandler;
  readonly page?: ExchangeHandler;
  readonly events?: ExchangeHandler;
  readonly sockets?: SocketHandler;
  readonly health?: readonly HealthCheck[];
}

const openDoors: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(openDoors.splice(0).map((door) => door.close()));
});

/** Answers with what it was asked, so that a test sees what came through. */
export function echo({ request, response, body, scope, requestId }: Exchange): void {
  const text = JSON.stringify({ method: request.method, body: body.toString(), scope, requestId });
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(text);
}

/** A listening door that closes when the test ends; `lines` are the lines of its log. */
export async function openDoor(options: DoorOptions = {}) {
  const config = loadConfig({ PORT: '0', FLYWHEEL_CLOSE_TIMEOUT_MS: '200', ...options.env });
  const lines: Record<string, unknown>[] = [];
  const telemetry = createTelemetry();
  const door = createDoor({
    settings: config.door,
    handlers: {
      graphql: options.graphql ?? echo,
      ...(options.page === undefined ? {} : { page: options.page }),
      ...(options.events === undefined ? {} : { events: options.events }),
      ...(options.sockets === undefined ? {} : { sockets: options.sockets, socketProtocols: ['echo'] }),
    },
    health: options.health ?? [],
    keys: config.apiKeys.length === 0 ? undefined : createKeyRing(config.apiKeys),
    telemetry,
    log: createLog({
      level: 'debug',
      plain: false,
      stream: { write: (line) => lines.push(JSON.parse(line)) },
    }),
    clock: systemClock,
  });
  openDoors.push(door);
  const { url } = await door.listen();
  return { door, url, port: Number(new URL(url).port), lines, telemetry };
}

export function post(url: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

/** The code of the first error of a refusal, which must bear one sentence and the request id of its header. */
export async function codeOf(response: Response): Promise<unknown> {
  const { errors } = JSON.parse(await response.text());
  const [error] = errors;
  if (!/^[A-Z].*\.$/.test(error.message)) throw new Error(`not a sentence: ${error.message}`);
  if (error.extensions.requestId !== response.headers.get('x-request-id')) throw new Error('two request ids');
  return error.extensions.code;
}

export interface RawClient {
  readonly socket: Socket;
  /** Resolves with all that came once the connection is closed, by whichever side. */
  readonly closed: Promise<string>;
  /** Resolves once what came contains the text. */
  until(text: string): Promise<void>;
}

/** A bare connection: whatever is written goes out as it is. */
export function rawClient(port: number, text?: string | Buffer): RawClient {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  const waiting: { text: string; resolve: () => void }[] = [];
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    for (const waiter of waiting) if (received.includes(waiter.text)) waiter.resolve();
  });
  const closed = new Promise<string>((resolve) => {
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
  });
  if (text !== undefined) socket.write(text);
  return {
    socket,
    closed,
    until: (wanted) =>
      new Promise((resolve) => {
        if (received.includes(wanted)) resolve();
        else waiting.push({ text: wanted, resolve });
      }),
  };
}

export function rawPost(headers: string, body = ''): string {
  return `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}\r\n${body}`;
}

/** A promise that the test itself settles. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
