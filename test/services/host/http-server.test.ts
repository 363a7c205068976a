import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { FlywheelError } from '../../../src/core/errors.js';
import {
  type ServiceServer,
  type ServiceServerDeps,
  startServiceServer,
} from '../../../src/services/host/http-server.js';
import { createGate } from '../../contracts/log-server.js';
import { multiplierMethods } from './multiplier.js';

let server: ServiceServer | undefined;
let faults: unknown[] = [];

afterEach(async () => {
  await server?.close();
  server = undefined;
  faults = [];
});

/** Doubles, unless told otherwise. */
async function start(deps: Partial<ServiceServerDeps> = {}): Promise<string> {
  server = await startServiceServer({
    service: 'learning',
    description: 'Multiplies.',
    methods: multiplierMethods,
    carry: async (_, items) => ({
      model: 'learning/1',
      results: items.map((item) => ({ product: Number(Reflect.get(Object(item), 'number')) * 2 })),
    }),
    port: 0,
    onFault: (error) => faults.push(error),
    ...deps,
  });
  return server.url;
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/v1/multiply`, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  return { status: response.status, answer };
}

function refusal(code: string, message: unknown) {
  return { error: { code, message } };
}

describe('the server of a service', () => {
  it('answers a batch in its order', async () => {
    const url = await start();
    expect(await post(url, { items: [{ number: 2 }, { number: 1 }], deadlineMs: 5_000 })).toEqual({
      status: 200,
      answer: { model: 'learning/1', results: [{ product: 4 }, { product: 2 }] },
    });
  });

  it('says what there is', async () => {
    const url = await start();
    const document: unknown = await (await fetch(`${url}/openapi.json`)).json();
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Flywheel learning service', description: 'Multiplies.' },
      paths: {
        '/v1/multiply': {
          post: {
            operationId: 'multiply',
            requestBody: {
              content: {
                'application/json': {
                  schema: {
                    required: ['items'],
                    properties: {
                      items: { type: 'array', maxItems: 10_000, items: { required: ['number'] } },
                      deadlineMs: { type: 'number', maximum: 60_000 },
                    },
                  },
                },
              },
            },
            responses: {
              200: {
                content: {
                  'application/json': {
                    schema: {
                      required: ['model', 'results'],
                      properties: {
                        results: {
                          type: 'array',
                          items: { anyOf: [{ required: ['product'] }, { type: 'null' }] },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
        '/v1/givenUp': { post: { operationId: 'givenUp' } },
        '/healthz': {},
      },
    });
    const responses: unknown = Reflect.get(Object(document), 'paths')['/v1/multiply'].post.responses;
    expect(Object.keys(Object(responses))).toEqual(['200', '400', '404', '413', '499', '500', '503', '504']);
    // A caller may send, and a server may say, more than either knows.
    expect(JSON.stringify(document)).not.toContain('"additionalProperties":false');
  });

  it.each([
    ['no JSON', '{"items": [', 400, 'BAD_INPUT', 'The body is no JSON.'],
    ['no items', { numbers: [] }, 400, 'BAD_INPUT', expect.stringContaining('items')],
    ['a wrong item', { items: [{ number: '1' }] }, 400, 'BAD_INPUT', expect.stringContaining('0.number')],
    ['a deadline without end', { items: [], deadlineMs: 1e9 }, 400, 'BAD_INPUT', expect.any(String)],
    ['too many items', `{"items":[${'1,'.repeat(10_000)}1]}`, 413, 'LIMIT_EXCEEDED', expect.any(String)],
    ['too long a body', { items: [], pad: 'x'.repeat(30_000) }, 413, 'LIMIT_EXCEEDED', expect.any(String)],
  ])('refuses %s', async (_, body, status, code, message) => {
    const url = await start({ bodyLimitBytes: 25_000 });
    expect(await post(url, body)).toEqual({ status, answer: refusal(code, message) });
    expect(faults).toEqual([]);
  });

  it('refuses what a page of another origin could send unasked', async () => {
    const url = await start();
    expect(await post(url, { items: [] }, { 'content-type': 'text/plain' })).toMatchObject({ status: 400 });
  });

  it('knows no other paths', async () => {
    const url = await start();
    for (const path of ['/', '/v1/', '/v1/divide', '/v1/multiply']) {
      expect((await fetch(`${url}${path}`)).status).toBe(404);
    }
  });

  it('says when the time is over, and tells whoever works', async () => {
    let heard = false;
    const url = await start({
      carry: (_, __, { signal }) => new Promise(() => signal.addEventListener('abort', () => (heard = true))),
    });
    expect(await post(url, { items: [], deadlineMs: 20 })).toMatchObject({
      status: 504,
      answer: refusal('TIMEOUT', expect.any(String)),
    });
    expect(heard).toBe(true);
  });

  it('shows nothing of a bug, and keeps its own contract', async () => {
    const url = await start({ carry: () => Promise.reject(new Error('secret')) });
    expect(await post(url, { items: [] })).toEqual({
      status: 500,
      answer: refusal('INTERNAL', 'learning failed for a reason of its own.'),
    });
    expect(faults).toEqual([new Error('secret')]);
    await server?.close();
    const odd = await start({ carry: async () => ({ model: 'learning/1', results: ['much'] }) });
    expect(await post(odd, { items: [{ number: 1 }] })).toMatchObject({ status: 500 });
    expect(faults).toHaveLength(2);
  });

  it('tells how it is', async () => {
    let isWell = true;
    const url = await start({
      check: async () => {
        if (!isWell) throw new FlywheelError('UNAVAILABLE', 'There is no database.');
      },
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    isWell = false;
    expect((await fetch(`${url}/healthz`)).status).toBe(503);
  });

  it('survives callers that leave in the middle of a request', async () => {
    const url = await start();
    const { hostname, port } = new URL(url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write('POST /v1/multiply HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n');
        socket.write('content-length: 100\r\n\r\n{"items"', () => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
    expect(await post(url, { items: [{ number: 1 }] })).toMatchObject({ status: 200 });
    expect(faults).toEqual([]);
  });

  it('answers what is under way when it is closed, and keeps no connection for more', async () => {
    const arrived = createGate();
    const leave = createGate();
    const url = await start({
      carry: async () => {
        arrived.open();
        await leave.opened;
        return { model: 'learning/1', results: [] };
      },
    });
    const answering = fetch(`${url}/v1/multiply`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"items": [], "deadlineMs": 30000}',
    });
    await arrived.opened;
    const closed = server?.close();
    leave.open();
    const response = await answering;
    expect(response.headers.get('connection')).toBe('close');
    expect(await response.json()).toEqual({ model: 'learning/1', results: [] });
    await closed;
    server = undefined;
    await expect(fetch(url)).rejects.toThrow();
  });

  it('says which port it cannot have', async () => {
    const { port } = new URL(await start());
    await expect(
      startServiceServer({
        service: 'learning',
        description: '',
        methods: {},
        carry: async () => null,
        port: Number(port),
        onFault: () => undefined,
      }),
    ).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining(port) });
  });
});
