// WebSockets at the door: who is let in, what is said and heard, readers that are behind, and the goodbye.

import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import type { DoorSocket, SocketHandler } from '../../src/core/socket.js';
import { openDoor, rawClient, rawPost, readerKey, withKeys } from './fixture.js';

/** Says back what it hears; keeps the sockets that it was given. */
function echoing(): { readonly sockets: DoorSocket[]; readonly handler: SocketHandler; drained: number } {
  const kept: ReturnType<typeof echoing> = {
    sockets: [],
    drained: 0,
    handler(socket) {
      kept.sockets.push(socket);
      return {
        onMessage: (text) => socket.send(Buffer.from('heard '), Buffer.from(text)),
        onDrain: () => {
          kept.drained += 1;
        },
        onClose: () => kept.sockets.splice(kept.sockets.indexOf(socket), 1),
      };
    },
  };
  return kept;
}

async function open(url: string, options: ClientOptions = {}): Promise<WebSocket> {
  const client = new WebSocket(`${url.replace('http', 'ws')}/graphql`, ['echo'], options);
  await once(client, 'open');
  return client;
}

async function statusOf(url: string, options: ClientOptions): Promise<number | undefined> {
  const client = new WebSocket(`${url.replace('http', 'ws')}/graphql`, ['echo'], options);
  const [request, response] = await once(client, 'unexpected-response');
  request.destroy();
  return response.statusCode;
}

async function heard(client: WebSocket): Promise<string> {
  const [data] = await once(client, 'message');
  return String(data);
}

describe('sockets', () => {
  it('carries messages of every size both ways', async () => {
    const { url } = await openDoor({ sockets: echoing().handler });
    const client = await open(url);
    expect(client.protocol).toBe('echo');
    for (const size of [1, 119, 120, 65_529, 65_530, 200_000]) {
      const text = 'ä'.repeat(size / 2) + 'x'.repeat(size % 2);
      client.send(text);
      expect(await heard(client)).toBe(`heard ${text}`);
    }
    client.close();
    await once(client, 'close');
  });

  it('lets in whom the door would let in, and whoever is still to show a key', async () => {
    const { sockets, handler } = echoing();
    const { url } = await openDoor({ sockets: handler, env: withKeys });
    expect(await statusOf(url, { headers: { 'x-api-key': 'wrong' } })).toBe(401);
    expect(await statusOf(url, { origin: 'https://elsewhere.example' })).toBe(403);
    expect(await statusOf(url, { headers: { host: 'elsewhere.example' } })).toBe(403);

    const known = await open(url, { headers: { authorization: `Bearer ${readerKey}` } });
    const unknown = await open(url);
    const [first, second] = sockets;
    expect(first?.scope?.principal).toBe('board');
    expect(second?.scope).toBeUndefined();
    expect(second?.identify({ apiKey: readerKey })?.principal).toBe('board');
    expect(second?.identify({ authorization: 'Bearer wrong' })).toBeUndefined();
    known.terminate();
    unknown.terminate();
  });

  it('goes on in HTTP/1.1 with who offers another protocol, body included', async () => {
    const { port } = await openDoor({ sockets: echoing().handler });
    const body = '{"query":"{ __typename }"}';
    const offer = `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: ${body.length}\r\n`;
    const client = rawClient(port, rawPost(offer, body));
    await client.until('__typename');
    client.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await client.until('{"status":"alive"}');
    client.socket.destroy();
    expect((await client.closed).split('HTTP/1.1 200 OK')).toHaveLength(3);
  });

  it('tells when a reader is behind and when it has caught up, and cuts off one that never reads', async () => {
    const server = echoing();
    const { url } = await openDoor({ sockets: server.handler });
    const client = await open(url);
    const [socket] = server.sockets;
    const part = Buffer.alloc(100_000, 'x');
    client.pause();
    let count = 0;
    while (socket?.send(part) || count < 100) count += 1;
    expect(server.drained).toBeLessThan(count);
    const before = server.drained;
    client.resume();
    await expect.poll(() => server.drained).toBeGreaterThan(before);

    client.pause();
    while (server.sockets.length > 0) {
      socket?.send(part);
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.terminate();
  });

  it('refuses bytes that are no text, and messages beyond the limit', async () => {
    const { url } = await openDoor({
      sockets: echoing().handler,
      env: { FLYWHEEL_BODY_LIMIT_BYTES: '1024' },
    });
    for (const [message, code] of [
      [Buffer.from('bytes'), 1003],
      ['x'.repeat(2_000), 1009],
    ] as const) {
      const client = await open(url);
      client.send(message);
      const [closedWith] = await once(client, 'close');
      expect(closedWith).toBe(code);
    }
  });

  it('says goodbye when the door closes, also to who does not answer', async () => {
    const server = echoing();
    const { url, door } = await openDoor({ sockets: server.handler });
    const polite = await open(url);
    const silent = await open(url);
    silent.pause();
    const closed = once(polite, 'close');
    await door.close();
    const [code] = await closed;
    expect(code).toBe(1001);
    expect(server.sockets).toHaveLength(0);
    silent.terminate();
  });
});
