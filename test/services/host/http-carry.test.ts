import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createServiceClient } from '../../../src/services/host/client.js';
import { createHttpCarry } from '../../../src/services/host/http-carry.js';
import { multiplierBaselines, multiplierMethods } from './multiplier.js';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A server of another team, which answers as it likes. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return `http://127.0.0.1:${address.port}/multiplier`;
}

/** Calls one after the other, as a gateway makes them. */
function askerOf(url: string, signal: AbortSignal = new AbortController().signal): () => Promise<unknown> {
  const carry = createHttpCarry({ service: 'learning', url });
  return () => carry('multiply', [{ number: 1 }], { signal, deadlineMs: 250 });
}

function carryTo(url: string, signal?: AbortSignal): Promise<unknown> {
  return askerOf(url, signal)();
}

function clientOf(url: string) {
  return createServiceClient({
    service: 'learning',
    methods: multiplierMethods,
    carry: createHttpCarry({ service: 'learning', url }),
    baselines: multiplierBaselines,
    deadlineMs: 30_000,
  });
}

const good = JSON.stringify({ model: 'theirs/9', results: [{ product: 3, unit: 'pieces' }], tookMs: 4 });

describe('a service behind HTTP', () => {
  it('is sent the items and the deadline as JSON, below its own path', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        seen.push([request.method, request.url, request.headers['content-type'], JSON.parse(body)]);
        response.end(good);
      });
    });
    await carryTo(url);
    expect(seen).toEqual([
      ['POST', '/multiplier/v1/multiply', 'application/json', { items: [{ number: 1 }], deadlineMs: 250 }],
    ]);
  });

  it('may say more than the contract, and name its model as it likes', async () => {
    const url = await serve((_, response) => response.end(good));
    expect(await clientOf(url).multiply([{ number: 1 }])).toEqual({
      results: [{ product: 3 }],
      model: 'theirs/9',
      degraded: false,
    });
  });

  it.each<[string, RequestListener]>([
    ['text', (_, response) => response.end('<html>Welcome!</html>')],
    [
      'half an answer',
      (request, response) => {
        response.writeHead(200, { 'content-length': 1_000 });
        response.write(good, () => request.socket.destroy());
      },
    ],
    ['nothing', (_, response) => response.end()],
    ['null', (_, response) => response.end('null')],
    ['no results', (_, response) => response.end('{"model": "theirs/9"}')],
    ['too many results', (_, response) => response.end('{"model": null, "results": [null, null]}')],
    ['an empty name of its model', (_, response) => response.end('{"model": "", "results": [null]}')],
    ['a redirection', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['a fault of its own', (_, response) => response.writeHead(500).end('Traceback')],
    ['a refusal without reason', (_, response) => response.writeHead(400).end(good)],
    [
      'an unheard-of error',
      (_, response) => response.writeHead(400).end('{"error": {"code": "NO", "message": "no"}}'),
    ],
    ['a broken connection', (request) => request.socket.destroy()],
  ])('is not believed when it answers with %s', async (_, listener) => {
    const answer = await clientOf(await serve(listener)).multiply([{ number: 1 }]);
    expect(answer).toEqual({ results: [{ product: -1 }], model: null, degraded: true });
  });

  it('may refuse what it cannot take, with its reason', async () => {
    const error = { code: 'BAD_INPUT', message: 'Numbers above 3 are not known here.' };
    const url = await serve((_, response) => response.writeHead(400).end(JSON.stringify({ error })));
    await expect(clientOf(url).multiply([{ number: 4 }])).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: 'learning says: Numbers above 3 are not known here.',
    });
  });

  it('is quoted with the beginning of what it says only', async () => {
    const error = { code: 'BAD_INPUT', message: 'No! '.repeat(10_000) };
    const url = await serve((_, response) => response.writeHead(400).end(JSON.stringify({ error })));
    await expect(clientOf(url).multiply([{ number: 4 }])).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: `learning says: ${'No! '.repeat(75)}…`,
    });
  });

  it('may say that it was asked too much at once', async () => {
    const error = { code: 'LIMIT_EXCEEDED', message: 'Two at most.' };
    const url = await serve((_, response) => response.writeHead(413).end(JSON.stringify({ error })));
    await expect(carryTo(url)).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: 'learning says: Two at most.',
    });
  });

  it('is asked on no more than 32 connections at once', async () => {
    const sockets = new Set<Socket>();
    const held: (() => void)[] = [];
    let asked = 0;
    const url = await serve((request, response) => {
      sockets.add(request.socket);
      asked += 1;
      held.push(() => response.end(good));
      if (asked >= 32) for (const answer of held.splice(0)) answer();
    });
    const ask = askerOf(url);
    expect(await Promise.all(Array.from({ length: 40 }, ask))).toHaveLength(40);
    expect(sockets.size).toBe(32);
  });

  /** Answers well on each connection once, and then does with it as it likes; counts what arrives. */
  async function serveOnceEach(then: (socket: Socket) => void) {
    const seen = { asked: 0, connections: 0 };
    const answered = new WeakSet<Socket>();
    const url = await serve((request, response) => {
      seen.asked += 1;
      if (answered.has(request.socket)) return then(request.socket);
      answered.add(request.socket);
      seen.connections += 1;
      return response.end(good);
    });
    return { url, seen };
  }

  it('is asked once more when a connection that was kept open turns out to be closed', async () => {
    const { url, seen } = await serveOnceEach((socket) => socket.resetAndDestroy());
    const ask = askerOf(url);
    expect(await ask()).toEqual(JSON.parse(good));
    expect(seen).toEqual({ asked: 1, connections: 1 });
    // On the kept connection first, which is reset, then on a new one.
    expect(await ask()).toEqual(JSON.parse(good));
    expect(seen).toEqual({ asked: 3, connections: 2 });
  });

  it('is not asked again when it had begun to answer on a connection that was kept open', async () => {
    const { url, seen } = await serveOnceEach((socket) =>
      socket.write('HTTP/1.1 200', () => socket.destroy()),
    );
    const ask = askerOf(url);
    await ask();
    await expect(ask()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(seen).toEqual({ asked: 2, connections: 1 });
  });

  it('is not asked again when a new connection breaks, which may be the doing of the call', async () => {
    let asked = 0;
    const url = await serve((request) => {
      asked += 1;
      request.socket.destroy();
    });
    await expect(carryTo(url)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(asked).toBe(1);
  });

  it('is not read to the end of an answer that is too long', async () => {
    let left: Promise<void> | undefined;
    const url = await serve((_, response) => {
      left = new Promise((resolve) => response.on('close', resolve));
      const goOn = () => {
        while (!response.destroyed && response.write('1'.repeat(10_000)));
        response.once('drain', goOn);
      };
      goOn();
    });
    const carry = createHttpCarry({ service: 'learning', url, answerLimitBytes: 100_000 });
    const signal = new AbortController().signal;
    await expect(carry('multiply', [], { signal, deadlineMs: 250 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('100000 bytes'),
    });
    await left;
  });

  it('is not asked again after it has answered', async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      response.writeHead(503).end();
    });
    await expect(carryTo(url)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(asked).toBe(1);
  });

  it('hears that a call was given up', async () => {
    const leaving = new AbortController();
    let left: Promise<void> | undefined;
    const url = await serve((request) => {
      left = new Promise((resolve) => request.on('close', resolve));
      leaving.abort();
    });
    await expect(carryTo(url, leaving.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
    await left;
  });

  it('is unavailable where nobody listens', async () => {
    const url = await serve(() => undefined);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    await expect(carryTo(url)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
