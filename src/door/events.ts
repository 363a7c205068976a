// POST /events: events as JSON, as lines of JSON, or as CloudEvents, each one accepted or refused by itself.

import { type ErrorCode, FlywheelError } from '../core/errors.js';
import type { Exchange, ExchangeHandler } from '../core/exchange.js';
import type { Collector } from '../events/collect.js';
import type { RawRecord } from '../events/event.js';
import { isList, splitLines, splitList } from '../events/split-json.js';
import { sendJson } from './answers.js';
import { eventFormOf } from './media-types.js';

export interface EventsHandlerDeps {
  readonly collector: Collector;
  readonly onError?: (code: ErrorCode) => void;
  /** Told of outages, with their causes. */
  readonly onInternal?: (error: unknown, requestId: string) => void;
}

const statuses: Partial<Record<ErrorCode, number>> = {
  BAD_INPUT: 400,
  FORBIDDEN: 403,
  NOT_FOUND: 503,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
};

const noHeaders: RawRecord['headers'] = Object.freeze({});
const structured = { 'content-type': Buffer.from('application/cloudevents+json') };

/** Creates the handler of POST /events. It answers when what it accepts is durable. */
export function createEventsHandler({ collector, onError, onInternal }: EventsHandlerDeps): ExchangeHandler {
  function refuse(exchange: Exchange, { code, message, details }: FlywheelError): void {
    onError?.(code);
    const retryAfterMs = details?.retryAfterMs;
    const headers =
      typeof retryAfterMs === 'number' ? { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) } : {};
    const extensions = { code, requestId: exchange.requestId, ...details };
    sendJson(exchange, statuses[code] ?? 500, { errors: [{ message, extensions }] }, headers);
  }

  return async (exchange) => {
    try {
      if (exchange.scope.role === 'reader') throw mayNotWrite();
      const inputs = inputsOf(exchange);
      const { accepted, rejected } = await collector.collect(inputs);
      sendJson(exchange, accepted === 0 && rejected.length > 0 ? 400 : 200, { accepted, rejected });
    } catch (error) {
      if (!(error instanceof FlywheelError) || statuses[error.code] === undefined) throw error;
      if (error.code === 'UNAVAILABLE' || error.code === 'NOT_FOUND') onInternal?.(error, exchange.requestId);
      refuse(exchange, error);
    }
  };
}

function mayNotWrite(): FlywheelError {
  return new FlywheelError(
    'FORBIDDEN',
    'This key may only read; to send events, use a key with the role writer or operator.',
  );
}

/** The events of a body, not yet read. Throws BAD_INPUT when the body cannot be taken apart. */
function inputsOf({ request, body }: Exchange): readonly RawRecord[] {
  const form = eventFormOf(request.headers['content-type']);
  const binary = binaryHeaders(request.headers);
  if (binary !== undefined) return [{ value: body.length === 0 ? null : body, headers: binary }];
  if (form === 'cloudEvent') return [{ value: body, headers: structured }];
  if (form === 'cloudEvents') return listOf(body, structured);
  if (form === 'lines') return splitLines(body).map((value) => ({ value, headers: noHeaders }));
  return isList(body) ? listOf(body, noHeaders) : [{ value: body, headers: noHeaders }];
}

function listOf(body: Buffer, headers: RawRecord['headers']): readonly RawRecord[] {
  const elements = splitList(body);
  if (typeof elements === 'string') throw new FlywheelError('BAD_INPUT', elements);
  return elements.map((value) => ({ value, headers }));
}

/** The headers of a binary CloudEvent as its record in the log bears them; undefined when the request is none. */
function binaryHeaders(headers: Exchange['request']['headers']): RawRecord['headers'] | undefined {
  if (headers['ce-specversion'] === undefined) return undefined;
  const record: Record<string, Buffer> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-') && typeof value === 'string') {
      record[`ce_${name.slice(3)}`] = Buffer.from(unescaped(value));
    }
  }
  const contentType = headers['content-type'];
  if (contentType !== undefined) record['content-type'] = Buffer.from(contentType);
  return record;
}

/** CloudEvents over HTTP write what is no ASCII as percent-encoded UTF-8. */
function unescaped(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
