// The protocol graphql-sse: one stream for each operation, or one stream that many operations share.

import type { Exchange } from '../src/core/exchange.js';
import type { GatewayContext } from './context.js';
import type { RawOperation } from './operation.js';
import { answerError } from './sse/answers.js';
import { completeEvent, EventStreams } from './sse/event-stream.js';
import { lastEventIdOf, type RunDeps, runOperation } from './sse/running.js';
import { createSingleConnections } from './sse/single.js';

export interface SseProtocolDeps extends RunDeps {
  readonly contextOf: (exchange: Exchange, onAbandon: (callback: () => void) => void) => GatewayContext;
}

export interface SseProtocol {
  /** Answers the exchange if it is about event streams, and tells whether it did. */
  handle(exchange: Exchange): boolean;
  /** Ends all streams, so that their readers connect again, here or elsewhere. */
  close(): void;
}

/** Whether a stream is what the client wants first. */
function wantsStream({ request }: Exchange): boolean {
  const { method, headers } = request;
  if (method !== 'GET' && method !== 'POST') return false;
  const accept = headers.accept ?? '';
  const place = accept.indexOf('text/event-stream');
  return place !== -1 && !accept.slice(0, place).includes('json');
}

export function createSseProtocol(deps: SseProtocolDeps): SseProtocol {
  const streams = new EventStreams();
  const single = createSingleConnections({ ...deps, streams });

  function openDistinct(exchange: Exchange): void {
    const raw = rawOperationOf(exchange);
    if (raw === undefined) {
      answerError(
        exchange,
        400,
        'BAD_INPUT',
        'Send the operation as JSON, such as {"query": "subscription { … }"}, or as the parameters query, variables and operationName.',
      );
      return;
    }
    let onAbandon: () => void = () => undefined;
    const context = deps.contextOf(exchange, (callback) => {
      onAbandon = callback;
    });
    const prepared = deps.operations.prepare(raw, context);
    if (prepared.kind === 'single' && prepared.isMutation && exchange.request.method === 'GET') {
      answerError(exchange, 405, 'BAD_INPUT', 'A mutation cannot be sent with GET; use POST.');
      return;
    }
    const stream = streams.open(exchange, () => {
      running.stop();
      onAbandon();
    });
    const running = runOperation(
      deps,
      prepared,
      context,
      {
        message: ({ event }) => stream.write(event),
        result: (text) => stream.write(Buffer.from(`event: next\ndata: ${text}\n\n`)),
        complete() {
          stream.write(completeEvent);
          stream.end();
        },
      },
      lastEventIdOf(exchange),
    );
    stream.onDrain = () => running.resume();
  }

  return {
    handle(exchange) {
      const wants = wantsStream(exchange);
      if (single.takes(exchange)) single.handle(exchange, wants);
      else if (wants) openDistinct(exchange);
      else return false;
      return true;
    },
    close: () => streams.close(),
  };
}

function rawOperationOf({ request, body }: Exchange): RawOperation | undefined {
  try {
    if (request.method === 'POST') {
      const parsed: unknown = JSON.parse(body.toString());
      return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
    }
    const params = new URL(request.url ?? '', 'http://localhost').searchParams;
    return {
      query: params.get('query'),
      operationName: params.get('operationName'),
      variables: JSON.parse(params.get('variables') || 'null'),
    };
  } catch {
    return undefined;
  }
}
