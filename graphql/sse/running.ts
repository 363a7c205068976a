// What is at work for one operation of an event stream: a subscription of the hub, or one execution.

import type { GraphQLError } from 'graphql';
import type { Exchange } from '../../src/core/exchange.js';
import type { GatewayContext } from '../context.js';
import type { Hub } from '../hub/hub.js';
import type { HubMessage } from '../hub/message.js';
import type { Subscription } from '../hub/sink.js';
import type { Operations, PreparedOperation } from '../operation.js';

/** How the results of an operation are written to its stream. */
export interface ResultWriter {
  /** False when the reader is behind. */
  message(message: HubMessage): boolean;
  /** A result as JSON in one line. */
  result(text: string): void;
  complete(): void;
}

export interface RunningOperation {
  resume(): void;
  stop(): void;
}

export interface RunDeps {
  readonly hub: Hub;
  readonly operations: Operations;
}

/** Where a reader that reconnects says that it was; goes before `after`. */
export function lastEventIdOf({ request }: Exchange): string | undefined {
  const lastEventId = request.headers['last-event-id'];
  return typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : undefined;
}

export function errorsText(errors: readonly GraphQLError[]): string {
  return JSON.stringify({ errors });
}

/** Starts an operation. It says `complete` in any case, unless it is stopped before. */
export function runOperation(
  { hub, operations }: RunDeps,
  prepared: PreparedOperation,
  context: GatewayContext,
  writer: ResultWriter,
  lastEventId?: string,
): RunningOperation {
  let isOver = false;
  let subscription: Subscription | undefined;
  const finish = (text?: string) => {
    if (isOver) return;
    isOver = true;
    if (text !== undefined) writer.result(text);
    writer.complete();
  };
  const fail = (error: unknown) => finish(errorsText([operations.present(error, context)]));
  const running: RunningOperation = {
    resume: () => subscription?.resume(),
    stop() {
      isOver = true;
      subscription?.stop();
    },
  };
  if (prepared.kind === 'refused') finish(errorsText(prepared.errors));
  else if (prepared.kind === 'single') prepared.run().then(finish, fail);
  else {
    try {
      subscription = hub.subscribe(
        { ...prepared.request, lastEventId },
        { next: (message) => isOver || writer.message(message), fail, complete: () => finish() },
      );
    } catch (error) {
      fail(error);
    }
  }
  return running;
}
