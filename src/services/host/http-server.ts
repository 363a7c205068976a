// Serves one service over HTTP: its methods, its health and its OpenAPI document.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { FlywheelError } from '../../core/errors.js';
import { keepAliveTimeoutMs, listen } from '../../core/listen.js';
import { createMethodShape, type MethodShape } from './method-shape.js';
import { deadlineSchema, openApiOf, statusOf } from './openapi.js';
import { readBody } from './read-body.js';
import { firstFault } from './schema-faults.js';
import type { Carry, Methods } from './service-contract.js';
import { withinDeadline } from './within-deadline.js';

export interface ServiceServerDeps {
  readonly service: string;
  readonly description: string;
  readonly methods: Methods;
  /** Where the calls are answered. */
  readonly carry: Carry;
  /** Rejects while the service cannot answer. */
  readonly check?: () => Promise<void>;
  /** (127.0.0.1) */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** How long an answer may take where the caller says nothing (300 ms). */
  readonly deadlineMs?: number;
  /** The longest body (16 MiB). */
  readonly bodyLimitBytes?: number;
  /** Told of what failed for a reason of ours. */
  readonly onFault: (error: unknown) => void;
}

export interface ServiceServer {
  readonly url: string;
  /** Takes no more calls, and ends when those under way have been answered or given up. */
  close(): Promise<void>;
}

const requestSchema = z.object({ items: z.array(z.unknown()), deadlineMs: deadlineSchema.optional() });

interface Served {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Resolves when it listens. Rejects with UNAVAILABLE when the address cannot be had. */
export async function startServiceServer(deps: ServiceServerDeps): Promise<ServiceServer> {
  const { service, methods, carry, host = '127.0.0.1', port, onFault } = deps;
  const { deadlineMs: usualMs = 300, bodyLimitBytes = 16 * 1024 * 1024 } = deps;
  const document = openApiOf(deps);
  const shapes = new Map(
    Object.entries(methods).map(([name, method]) => [
      `/v1/${name}`,
      createMethodShape({ service, name, method }),
    ]),
  );

  async function call(shape: MethodShape, { request, response }: Served): Promise<unknown> {
    const { items, deadlineMs = usualMs } = await readRequest(request, bodyLimitBytes);
    const read = shape.readItems(items);
    const leaving = new AbortController();
    response.once('close', () => leaving.abort());
    const sent = await withinDeadline((signal) => carry(shape.name, read, { signal, deadlineMs }), {
      service,
      deadlineMs,
      signal: leaving.signal,
    });
    return shape.readReply(sent, read.length);
  }

  async function answer(served: Served): Promise<unknown> {
    const { method, url = '/' } = served.request;
    const path = url.split('?')[0] ?? '/';
    if (method === 'GET' && path === '/openapi.json') return document;
    if (method === 'GET' && path === '/healthz') {
      await deps.check?.();
      return { status: 'ok' };
    }
    const shape = method === 'POST' ? shapes.get(path) : undefined;
    if (shape !== undefined) return call(shape, served);
    throw new FlywheelError(
      'NOT_FOUND',
      `There is nothing at ${method} ${path}; GET /openapi.json says what there is.`,
    );
  }

  let isClosing = false;

  function send(response: ServerResponse, status: number, content: unknown): void {
    // What is left of a body that is too long is not waited for, nor another request once it is over.
    if (status === 413 || isClosing) response.shouldKeepAlive = false;
    sendJson(response, status, content);
  }

  async function serve(served: Served): Promise<void> {
    try {
      send(served.response, 200, await answer(served));
    } catch (error) {
      const isOurs = error instanceof FlywheelError;
      if (!isOurs || error.code === 'INTERNAL') onFault(error);
      const code = isOurs ? error.code : 'INTERNAL';
      const message = isOurs ? error.message : `${service} failed for a reason of its own.`;
      send(served.response, statusOf(code), { error: { code, message } });
    }
  }

  const server = createServer({ keepAliveTimeout: keepAliveTimeoutMs }, (request, response) => {
    serve({ request, response }).catch(onFault);
  });
  return {
    url: await listen(server, { host, port }, { host: 'The host', port: 'the port' }),
    async close() {
      isClosing = true;
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      await closed;
    },
  };
}

async function readRequest(request: IncomingMessage, limitBytes: number) {
  // A page of another origin can send no JSON without being asked first, and is not answered when it asks.
  const [mediaType = ''] = (request.headers['content-type'] ?? '').split(';');
  if (mediaType.trim().toLowerCase() !== 'application/json') {
    throw new FlywheelError('BAD_INPUT', 'The body must be JSON, with content-type: application/json.');
  }
  const body = await readBody(request, limitBytes);
  const read = requestSchema.safeParse(parsed(body));
  if (read.success) return read.data;
  throw new FlywheelError(
    'BAD_INPUT',
    `The body is not {"items": […], "deadlineMs": …}: ${firstFault(read.error)}.`,
  );
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new FlywheelError('BAD_INPUT', 'The body is no JSON.', { cause: error });
  }
}

function sendJson(response: ServerResponse, status: number, content: unknown): void {
  if (response.destroyed) return;
  const bytes = Buffer.from(`${JSON.stringify(content)}\n`);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
    'cache-control': 'no-store',
  });
  response.end(bytes);
}
