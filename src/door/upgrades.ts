// Requests to speak another protocol on the same connection: a WebSocket is let in, anything else goes on as HTTP.

import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Refusal } from './answers.js';
import { DoorExchange, DoorRequest, DoorResponse, type DoorState } from './exchange.js';
import type { Sockets } from './sockets.js';

export interface UpgradesDeps {
  /** Takes a connection as if it had just been opened. */
  readonly reopen: (connection: Socket) => void;
  readonly state: DoorState;
  readonly requestIdOf: (traceparent: string | string[] | undefined) => string;
  readonly admit: (exchange: DoorExchange) => Refusal | undefined;
  readonly refuse: (exchange: DoorExchange, refusal: Refusal) => void;
  readonly sockets: Sockets;
}

const closing: Refusal = {
  status: 503,
  code: 'UNAVAILABLE',
  message: 'This gateway is stopping; connect again in a moment.',
};

/** Creates the listener of the server's `upgrade` event. */
export function createUpgrades(deps: UpgradesDeps) {
  const { reopen, state, requestIdOf, admit, refuse, sockets } = deps;

  return (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    if (!(request instanceof DoorRequest) || !(stream instanceof Socket)) {
      stream.destroy();
      return;
    }
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      giveBack(request, stream, head);
      reopen(stream);
      return;
    }
    // A client that vanishes now is noticed by its `close`; without a listener the error would end the process.
    stream.on('error', () => undefined);
    const response = new DoorResponse(request);
    const requestId = requestIdOf(request.headers.traceparent);
    const exchange = new DoorExchange(request, response, requestId, performance.now(), state);
    exchange.isSocket = true;
    const refusal = state.isClosing ? closing : admit(exchange);
    const { route } = exchange;
    if (refusal === undefined && route?.sockets !== undefined) {
      sockets.accept(exchange, stream, head, route.sockets);
      route.record(101, performance.now() - exchange.arrivedMs);
      return;
    }
    response.assignSocket(stream);
    response.shouldKeepAlive = false;
    response.once('finish', () => stream.end());
    if (refusal !== undefined) refuse(exchange, refusal);
    route?.record(response.statusCode, performance.now() - exchange.arrivedMs);
  };
}

/**
 * Who offers another protocol, such as HTTP/2, may be answered in HTTP/1.1 all the same, and Node would do so if
 * nobody listened for upgrades. The connection begins anew with the request as it was, without the offer.
 */
function giveBack(request: IncomingMessage, stream: Socket, head: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  for (let place = 0; place + 1 < request.rawHeaders.length; place += 2) {
    const name = request.rawHeaders[place] ?? '';
    if (!/^(upgrade|connection|http2-settings)$/i.test(name))
      lines.push(`${name}: ${request.rawHeaders[place + 1]}`);
  }
  stream.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
}
