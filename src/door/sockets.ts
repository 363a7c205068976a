// WebSockets: from the upgrade of a request that was let in to messages, with readers that are behind held apart.

import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Scope } from '../core/scope.js';
import type { Credentials, DoorSocket, SocketHandler, SocketListener } from '../core/socket.js';
import type { DoorExchange } from './exchange.js';

export interface SocketsDeps {
  /** The sub-protocols that are spoken, the preferred first. */
  readonly protocols: readonly string[];
  readonly messageLimitBytes: number;
  readonly identify: (credentials: Credentials) => Scope | undefined;
}

export interface Sockets {
  /** Completes the upgrade of an exchange that was let in, and hands the socket over. */
  accept(exchange: DoorExchange, stream: Duplex, head: Buffer, handle: SocketHandler): void;
  /** Says goodbye on every socket (1001) and resolves when all are closed, those cut off that do not answer. */
  close(): Promise<void>;
}

/** A reader for whom so much waits in memory is behind. */
const behindBytes = 16 * 1024;
/** A reader for whom so much waits is cut off: whoever sends without reading must not fill our memory. */
const waitingBytesMax = 16 * 1024 * 1024;
/** Every socket is asked for a sign of life so often, and cut off when it gave none since the time before. */
const keepAliveMs = 30_000;
/** How long a goodbye may take. */
const goodbyeMs = 1_000;
const open = 1;
const goingAway = 1001;
const unsupportedData = 1003;

export function createSockets({ protocols, messageLimitBytes, identify }: SocketsDeps): Sockets {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // What is compressed cannot be shared, and its windows cost a third of a megabyte for each socket.
    perMessageDeflate: false,
    maxPayload: messageLimitBytes,
    handleProtocols: (offered) => protocols.find((name) => offered.has(name)) ?? false,
  });
  const all = new Set<ServedSocket>();
  let timer: NodeJS.Timeout | undefined;
  let whenEmpty: (() => void) | undefined;

  function forget(socket: ServedSocket): void {
    all.delete(socket);
    if (all.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    whenEmpty?.();
  }

  function take(exchange: DoorExchange, stream: Duplex, webSocket: WebSocket, handle: SocketHandler): void {
    const scope = exchange.isIdentified ? exchange.scope : undefined;
    const socket = new ServedSocket(webSocket, stream, exchange.requestId, scope, identify);
    all.add(socket);
    timer ??= setInterval(() => {
      for (const each of all) each.askForLife();
    }, keepAliveMs).unref();
    const listener = handle(socket);
    socket.onWritten = () => listener.onDrain();
    listen(socket, webSocket, listener);
    webSocket.once('close', () => {
      forget(socket);
      listener.onClose();
    });
  }

  return {
    accept(exchange, stream, head, handle) {
      server.handleUpgrade(exchange.request, stream, head, (webSocket) =>
        take(exchange, stream, webSocket, handle),
      );
    },
    async close() {
      if (all.size === 0) return;
      const emptied = new Promise<void>((resolve) => {
        whenEmpty = resolve;
      });
      for (const socket of all) socket.close(goingAway, 'The gateway stops; connect again.');
      const cutOff = setTimeout(() => {
        for (const socket of all) socket.cutOff();
      }, goodbyeMs);
      await emptied;
      clearTimeout(cutOff);
    },
  };
}

function listen(socket: ServedSocket, webSocket: WebSocket, listener: SocketListener): void {
  webSocket.on('message', (data, isBinary) => {
    socket.isAlive = true;
    // What still arrives after our goodbye is nobody's.
    if (webSocket.readyState !== open) return;
    if (isBinary) socket.close(unsupportedData, 'Messages must be text.');
    else listener.onMessage(data.toString());
  });
  webSocket.on('pong', () => {
    socket.isAlive = true;
  });
  // A message beyond the limit or against the protocol; the close that follows is what matters.
  webSocket.on('error', () => undefined);
}

class ServedSocket implements DoorSocket {
  isAlive = true;
  onWritten: () => void = () => undefined;
  #isBehind = false;

  constructor(
    private readonly webSocket: WebSocket,
    private readonly stream: Duplex,
    readonly requestId: string,
    readonly scope: Scope | undefined,
    readonly identify: (credentials: Credentials) => Scope | undefined,
  ) {}

  get protocol(): string {
    return this.webSocket.protocol;
  }

  /**
   * Frames are written here and not by `ws`, which was measured to cost a tenth more of the whole delivery. They may
   * mix with its own frames, because without compression it writes those at once.
   */
  send(head: Buffer, body: Buffer = nothing): boolean {
    const { stream } = this;
    if (this.webSocket.readyState !== open) return true;
    const waitingBytes = stream.writableLength;
    if (waitingBytes > waitingBytesMax) {
      this.cutOff();
      return true;
    }
    const frame = textFrame(head, body);
    if (this.#isBehind || waitingBytes + frame.length <= behindBytes) {
      stream.write(frame);
      return !this.#isBehind;
    }
    // The one frame whose end is heard of is the last before others should wait.
    this.#isBehind = true;
    stream.write(frame, this.#written);
    return false;
  }

  readonly #written = (error?: Error | null) => {
    this.#isBehind = false;
    this.isAlive = true;
    if (!error && this.webSocket.readyState === open) this.onWritten();
  };

  close(code: number, reason: string): void {
    this.webSocket.close(code, reason);
  }

  askForLife(): void {
    if (!this.isAlive) this.cutOff();
    else if (this.webSocket.readyState === open) this.webSocket.ping();
    this.isAlive = false;
  }

  cutOff(): void {
    this.webSocket.terminate();
  }
}

const nothing = Buffer.alloc(0);

/** One unmasked, final text frame, as RFC 6455 section 5.2 lays it out. */
function textFrame(head: Buffer, body: Buffer): Buffer {
  const length = head.length + body.length;
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = 0x81;
  if (start === 2) {
    frame[1] = length;
  } else if (start === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(head, start);
  frame.set(body, start + head.length);
  return frame;
}
