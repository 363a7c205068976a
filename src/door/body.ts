// Reads the body of a request into memory, never more of it than the limit.

import type { Refusal } from './answers.js';
import type { DoorExchange, DoorRequest } from './exchange.js';

export interface BodyReaderDeps {
  readonly limitBytes: number;
  /** The whole body has arrived in `exchange.body`. */
  readonly deliver: (exchange: DoorExchange) => void;
  readonly refuse: (exchange: DoorExchange, refusal: Refusal) => void;
}

/**
 * A reader whose listeners are shared by all requests. A body that comes in one piece, as most do, is never copied;
 * one in many pieces is gathered in a single growing buffer, because a hundred thousand chunks of one byte each
 * would otherwise cost a hundred times their size.
 */
export function createBodyReader({ limitBytes, deliver, refuse }: BodyReaderDeps) {
  const tooLarge: Refusal = {
    status: 413,
    code: 'LIMIT_EXCEEDED',
    message:
      `The body is larger than ${limitBytes} bytes, the limit of this gateway (FLYWHEEL_BODY_LIMIT_BYTES); ` +
      'send less in one request.',
  };

  function onData(this: DoorRequest, chunk: Buffer): void {
    const { exchange } = this;
    if (exchange === undefined || exchange.isRefused) return;
    const sizeBytes = exchange.bodySizeBytes + chunk.length;
    if (sizeBytes > limitBytes) {
      refuse(exchange, tooLarge);
      return;
    }
    if (exchange.bodySizeBytes === 0) {
      exchange.body = chunk;
    } else {
      if (sizeBytes > exchange.body.length) exchange.body = grown(exchange, sizeBytes);
      chunk.copy(exchange.body, exchange.bodySizeBytes);
    }
    exchange.bodySizeBytes = sizeBytes;
  }

  function grown(exchange: DoorExchange, neededBytes: number): Buffer {
    const announcedBytes = Number(exchange.request.headers['content-length'] ?? 0);
    const buffer = Buffer.allocUnsafe(Math.max(neededBytes * 2, announcedBytes));
    exchange.body.copy(buffer, 0, 0, exchange.bodySizeBytes);
    return buffer;
  }

  function onEnd(this: DoorRequest): void {
    const { exchange } = this;
    if (exchange === undefined || exchange.isRefused) return;
    if (exchange.bodySizeBytes < exchange.body.length) {
      exchange.body = exchange.body.subarray(0, exchange.bodySizeBytes);
    }
    deliver(exchange);
  }

  return (exchange: DoorExchange): void => {
    const { request } = exchange;
    const announced = request.headers['content-length'];
    if (announced !== undefined && Number(announced) > limitBytes) {
      refuse(exchange, tooLarge);
      return;
    }
    request.on('data', onData);
    request.on('end', onEnd);
  };
}
