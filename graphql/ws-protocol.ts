// The protocol graphql-transport-ws on a socket of the door: one operation for each id, messages by the hub or by the executor.

import type { GraphQLError } from 'graphql';
import {
  CloseCode,
  GRAPHQL_TRANSPORT_WS_PROTOCOL,
  MessageType,
  parseMessage,
  type SubscribeMessage,
} from 'graphql-ws';
import type { Scope } from '../src/core/scope.js';
import type { DoorSocket, SocketHandler, SocketListener } from '../src/core/socket.js';
import type { GatewayContext } from './context.js';
import type { Hub } from './hub/hub.js';
import type { HubMessage } from './hub/message.js';
import type { Sink, Subscription } from './hub/sink.js';
import type { Operations } from './operation.js';

export interface WsProtocolDeps {
  readonly operations: Operations;
  readonly hub: Hub;
  readonly contextOf: (
    scope: Scope,
    requestId: string,
    onAbandon: (callback: () => void) => void,
  ) => GatewayContext;
  /** How long a client may take to say `connection_init` (3,000 ms). */
  readonly initTimeoutMs?: number;
}

export const socketProtocols: readonly string[] = [GRAPHQL_TRANSPORT_WS_PROTOCOL];

/** So many operations may be at work on one socket. */
const operationsMax = 200;
/** A client that sends more of these in a reason or an id is up to no good. */
const idLengthMax = 256;

/** Creates what takes over the sockets at /graphql. */
export function createWsProtocol(deps: WsProtocolDeps): SocketHandler {
  return (socket) => new Conversation(deps, socket);
}

/** What an operation leaves to do when it is stopped from outside. */
interface Running {
  subscription: Subscription | undefined;
  abandon: (() => void) | undefined;
}

class Conversation implements SocketListener {
  readonly #deps: WsProtocolDeps;
  readonly #socket: DoorSocket;
  readonly #running = new Map<string, Running>();
  #scope: Scope | undefined;
  #isInitialised = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: WsProtocolDeps, socket: DoorSocket) {
    this.#deps = deps;
    this.#socket = socket;
    if (!socketProtocols.includes(socket.protocol)) {
      socket.close(CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable');
      return;
    }
    this.#timer = setTimeout(
      () => socket.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout'),
      deps.initTimeoutMs ?? 3_000,
    );
  }

  onMessage(text: string): void {
    let message: ReturnType<typeof parseMessage>;
    try {
      message = parseMessage(text);
    } catch {
      this.#refuse('Invalid message received');
      return;
    }
    switch (message.type) {
      case MessageType.ConnectionInit:
        this.#initialise(message.payload);
        return;
      case MessageType.Ping:
        this.#send({ type: MessageType.Pong, ...(message.payload ? { payload: message.payload } : {}) });
        return;
      case MessageType.Pong:
        return;
      case MessageType.Subscribe:
        this.#subscribe(message);
        return;
      case MessageType.Complete:
        this.#stop(message.id);
        return;
      default:
        this.#refuse(`Only a server sends ${message.type}`);
    }
  }

  onDrain(): void {
    for (const { subscription } of this.#running.values()) subscription?.resume();
  }

  onClose(): void {
    clearTimeout(this.#timer);
    for (const id of this.#running.keys()) this.#stop(id);
  }

  #refuse(reason: string): void {
    this.#socket.close(CloseCode.BadRequest, reason);
  }

  #send(message: object): void {
    this.#socket.send(Buffer.from(JSON.stringify(message)));
  }

  /** Browsers cannot send headers with a socket, so the key may come here, under the same names. */
  #initialise(payload: Record<string, unknown> | undefined): void {
    const socket = this.#socket;
    if (this.#isInitialised) {
      socket.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests');
      return;
    }
    this.#isInitialised = true;
    clearTimeout(this.#timer);
    const shown = new Map(Object.entries(payload ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
    const textOf = (name: string) => {
      const value = shown.get(name);
      return typeof value === 'string' ? value : undefined;
    };
    const [authorization, apiKey] = [textOf('authorization'), textOf('x-api-key')];
    const shows = authorization !== undefined || apiKey !== undefined;
    this.#scope = shows ? socket.identify({ authorization, apiKey }) : socket.scope;
    if (this.#scope === undefined) {
      const reason = shows
        ? 'This API key is not known here'
        : 'This gateway needs an API key: send "Authorization" or "X-API-Key" in the payload of connection_init';
      socket.close(CloseCode.Forbidden, reason);
      return;
    }
    this.#send({ type: MessageType.ConnectionAck });
  }

  #subscribe({ id, payload }: SubscribeMessage): void {
    const { operations } = this.#deps;
    const scope = this.#scope;
    if (scope === undefined) {
      this.#socket.close(CloseCode.Unauthorized, 'Unauthorized');
      return;
    }
    if (this.#running.has(id)) {
      this.#socket.close(
        CloseCode.SubscriberAlreadyExists,
        `Subscriber for ${id.slice(0, 64)} already exists`,
      );
      return;
    }
    if (id.length > idLengthMax || this.#running.size >= operationsMax) {
      this.#refuse(`At most ${operationsMax} operations at once, with ids of ${idLengthMax} characters`);
      return;
    }
    const running: Running = { subscription: undefined, abandon: undefined };
    this.#running.set(id, running);
    const context = this.#deps.contextOf(scope, this.#socket.requestId, (callback) => {
      running.abandon = callback;
    });
    const prepared = operations.prepare(payload, context);
    if (prepared.kind === 'refused') this.#fail(id, prepared.errors);
    else if (prepared.kind === 'subscription') {
      const sink = new SocketSink(this.#socket, id, () => this.#running.delete(id), context, operations);
      try {
        running.subscription = this.#deps.hub.subscribe(prepared.request, sink);
      } catch (error) {
        this.#fail(id, [operations.present(error, context)]);
      }
    } else this.#run(id, running, prepared.run, context);
  }

  #run(id: string, running: Running, run: () => Promise<string>, context: GatewayContext): void {
    run().then(
      (text) => {
        if (this.#running.get(id) !== running) return;
        this.#socket.send(headOf(id), Buffer.from(`${text}}`));
        this.#running.delete(id);
        this.#send({ id, type: MessageType.Complete });
      },
      (error: unknown) => {
        if (this.#running.get(id) === running)
          this.#fail(id, [this.#deps.operations.present(error, context)]);
      },
    );
  }

  #fail(id: string, errors: readonly GraphQLError[]): void {
    this.#running.delete(id);
    this.#send({ id, type: MessageType.Error, payload: errors });
  }

  #stop(id: string): void {
    const running = this.#running.get(id);
    this.#running.delete(id);
    running?.subscription?.stop();
    running?.abandon?.();
  }
}

function headOf(id: string): Buffer {
  return Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
}

/** One subscription on a socket; its head stands before the bytes that all share. */
class SocketSink implements Sink {
  readonly #head: Buffer;

  constructor(
    private readonly socket: DoorSocket,
    private readonly id: string,
    private readonly forget: () => void,
    private readonly context: GatewayContext,
    private readonly operations: Operations,
  ) {
    this.#head = headOf(id);
  }

  next(message: HubMessage): boolean {
    return this.socket.send(this.#head, message.enveloped);
  }

  fail(error: unknown): void {
    this.forget();
    const payload = [this.operations.present(error, this.context)];
    this.socket.send(Buffer.from(JSON.stringify({ id: this.id, type: MessageType.Error, payload })));
  }

  complete(): void {
    this.forget();
    this.socket.send(Buffer.from(JSON.stringify({ id: this.id, type: MessageType.Complete })));
  }
}
