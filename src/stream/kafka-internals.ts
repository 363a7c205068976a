// The places where we reach behind the public face of kafkajs 2.2.4; each throws when what it expects is not there.

import { createRequire } from 'node:module';
import type { Kafka } from 'kafkajs';

const require = createRequire(import.meta.url);

const knownVersion = '2.2.4';

function changed(what: string): Error {
  return new Error(`kafkajs has changed inside (${what}); kafka-internals.ts must be looked through again.`);
}

function property(target: unknown, name: string | symbol): unknown {
  return typeof target === 'object' || typeof target === 'function'
    ? target === null
      ? undefined
      : Reflect.get(target, name)
    : undefined;
}

/** The part of a request queue that its timer needs. */
interface RequestQueue {
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  readonly pending: readonly unknown[];
  checkPendingRequests(): void;
}

/**
 * kafkajs sets a timer of a millisecond for each connection again and again, for ever, which burns a twentieth of a
 * core while nothing happens. From now on the timer is set only while a request waits to be sent.
 */
export function cureIdleTimers(): void {
  const { version }: { version: unknown } = require('kafkajs/package.json');
  if (version !== knownVersion) throw changed(`it is ${String(version)}, not ${knownVersion}`);
  const queue: unknown = require('kafkajs/src/network/requestQueue');
  const prototype = property(queue, 'prototype');
  const name = 'scheduleCheckPendingRequests';
  if (
    typeof prototype !== 'object' ||
    prototype === null ||
    typeof property(prototype, name) !== 'function'
  ) {
    throw changed(name);
  }
  Reflect.set(prototype, name, function schedule(this: RequestQueue): void {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
    const waitMs = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      waitMs > 0 ? waitMs : 10,
    );
  });
}

/** A request whose bytes we write ourselves. */
export interface RawRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  /** What follows the request header that kafkajs writes, which is of version 1. */
  readonly body: Buffer;
}

/** kafkajs's own view of a cluster, with its connections, their encryption and their authentication. */
export interface RawCluster {
  /** Sends to a broker that is connected, or connects to one, and resolves to what follows the correlation id. */
  send(request: RawRequest): Promise<Buffer>;
  disconnect(): Promise<void>;
}

/** Asks a client for a cluster of its own, as its producers and consumers have one each. */
export function openRawCluster(kafka: Kafka): RawCluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const create = symbol === undefined ? undefined : property(kafka, symbol);
  if (typeof create !== 'function') throw changed('createCluster');
  const cluster: unknown = create({ allowAutoTopicCreation: false });
  const pool = property(cluster, 'brokerPool');
  return {
    async send({ apiKey, apiVersion, apiName, body }) {
      const broker: unknown = await call(pool, 'findConnectedBroker', []);
      const encoded = encoderOf(body);
      const answer = await call(property(broker, 'connectionPool'), 'send', [
        {
          request: { apiKey, apiVersion, apiName, encode: async () => encoded },
          response: {
            decode: async (bytes: unknown) => ({ bytes }),
            parse: async ({ bytes }: { bytes: unknown }) => bytes,
          },
        },
      ]);
      if (!Buffer.isBuffer(answer)) throw changed('send');
      return answer;
    },
    async disconnect() {
      await call(cluster, 'disconnect', []);
    },
  };
}

async function call(target: unknown, name: string, args: readonly unknown[]): Promise<unknown> {
  const method = property(target, name);
  if (typeof method !== 'function') throw changed(name);
  return Reflect.apply(method, target, args);
}

function encoderOf(body: Buffer): unknown {
  const Encoder: unknown = require('kafkajs/src/protocol/encoder');
  if (typeof Encoder !== 'function') throw changed('Encoder');
  const encoder: unknown = Reflect.construct(Encoder, []);
  const write = property(encoder, 'writeBuffer');
  if (typeof write !== 'function') throw changed('writeBuffer');
  Reflect.apply(write, encoder, [body]);
  return encoder;
}
