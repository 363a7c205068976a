// Everything that should not come in through the door, and how it is turned away.

import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  codeOf,
  type echo,
  gate,
  openDoor,
  post,
  rawClient,
  rawPost,
  readerKey,
  withKeys,
} from './fixture.js';

const limit = { FLYWHEEL_BODY_LIMIT_BYTES: '1024' };

describe('bodies', () => {
  it.each([
    ['announced', 'Content-Length: 1025\r\n', 'x'.repeat(1025)],
    ['announced and never sent', 'Content-Length: 1025\r\n', ''],
    ['huge, only announced', 'Content-Length: 99999999999999\r\n', 'x'],
    ['chunked', 'Transfer-Encoding: chunked\r\n', `400\r\n${'x'.repeat(1024)}\r\n1\r\nx\r\n0\r\n\r\n`],
  ])('refuses one over the limit: %s', async (_, headers, body) => {
    let handled = 0;
    const { port } = await openDoor({
      env: limit,
      graphql: () => {
        handled += 1;
      },
    });
    const client = rawClient(port, rawPost(headers, body));
    await client.until('LIMIT_EXCEEDED');
    client.socket.destroy();
    const received = await client.closed;
    expect(received).toContain('HTTP/1.1 413');
    expect(received).toContain('1024 bytes');
    expect(received).toContain('FLYWHEEL_BODY_LIMIT_BYTES');
    expect(handled).toBe(0);
  });

  it('takes one of exactly the limit', async () => {
    const { url } = await openDoor({ env: limit });
    const response = await post(url, 'x'.repeat(1024));
    expect((await response.json()).body).toHaveLength(1024);
  });

  it('lets the sender of a large body read the refusal', async () => {
    const { url } = await openDoor({ env: limit });
    const response = await post(url, 'x'.repeat(5_000_000));
    expect(response.status).toBe(413);
    expect(await codeOf(response)).toBe('LIMIT_EXCEEDED');
  });

  it('stops reading a refused body that never ends', async () => {
    const { port, url } = await openDoor({ env: limit });
    const client = rawClient(port, rawPost('Transfer-Encoding: chunked\r\n'));
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    let sent = 0;
    const send = () => {
      while (!client.socket.destroyed && client.socket.write(chunk)) sent += 1;
    };
    client.socket.on('drain', send);
    send();
    await client.closed;
    expect(sent).toBeLessThan(2_000);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('takes less than was announced as a client that left', async () => {
    let handled = 0;
    const { port, telemetry } = await openDoor({
      graphql: () => {
        handled += 1;
      },
    });
    const client = rawClient(port, rawPost('Content-Length: 100\r\n', '{"query":'));
    await expect.poll(() => telemetry.render()).toContain('flywheel_http_requests_in_flight 1');
    client.socket.destroy();
    await expect.poll(() => telemetry.render()).toContain('{route="/graphql",status="499"} 1');
    expect(handled).toBe(0);
  });

  it('takes more than was announced as garbage after the request', async () => {
    const { port } = await openDoor();
    const atOnce = await rawClient(port, rawPost('Content-Length: 2\r\n', '{}{"query":"{x}"}')).closed;
    expect(atOnce).toMatch(/HTTP\/1\.1 400 [^{]*$/);
    const inTurn = rawClient(port, rawPost('Content-Length: 2\r\n', '{}'));
    await inTurn.until('requestId');
    inTurn.socket.write('{"query":"{x}"}');
    const received = await inTurn.closed;
    expect(received).toContain('"body":"{}"');
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  it('refuses compressed ones', async () => {
    const { url } = await openDoor();
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      body: gzipSync('{}'),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    });
    expect(response.status).toBe(415);
    expect(await response.clone().text()).toContain('without Content-Encoding');
    expect(await codeOf(response)).toBe('BAD_INPUT');
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
    'application/json, text/plain',
    'application/jsonp',
    'application/json; charset=utf-16',
    '',
  ])('refuses the content type %j', async (type) => {
    const { url } = await openDoor();
    const response = await post(url, '{}', { 'content-type': type });
    expect(response.status).toBe(415);
    expect(await codeOf(response)).toBe('BAD_INPUT');
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    'takes the content type %j',
    async (type) => {
      const { url } = await openDoor();
      expect((await post(url, '{}', { 'content-type': type })).status).toBe(200);
    },
  );
});

describe('web pages of others', () => {
  function get(port: number, headers: Record<string, string>): Promise<number> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({ port, path: '/graphql', host: '127.0.0.1', headers });
      request.on('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      request.on('error', reject);
      request.end();
    });
  }

  it.each([
    ['evil.example.com', 403],
    ['localhost.evil.com', 403],
    ['127.0.0.1.evil.com', 403],
    ['evillocalhost:4000', 403],
    ['shop.example.org.evil.com', 403],
    ['localhost:4000', 200],
    ['LOCALHOST.', 200],
    ['app.localhost:80', 200],
    ['127.0.0.1', 200],
    ['[::1]:4000', 200],
    ['10.1.2.3:4000', 200],
    ['gateway', 200],
    ['Shop.example.org:443', 200],
  ])('a Host of %j answers %i', async (host, status) => {
    const { port } = await openDoor({ env: { FLYWHEEL_ALLOWED_HOSTS: 'gateway, .example.org' } });
    expect(await get(port, { host })).toBe(status);
    expect(await get(port, { host })).toBe(status);
  });

  it.each([
    ['http://evil.example.com', 403],
    ['null', 403],
    ['http://localhost:4001', 403],
    ['http://localhost', 403],
    ['ftp://localhost:4000', 403],
    ['https://shop.example.com.evil.com', 403],
    ['http://shop.example.com', 403],
    ['http://localhost:4000', 200],
    ['https://localhost:4000', 200],
    ['https://shop.example.com', 200],
  ])('an Origin of %j answers %i', async (origin, status) => {
    const { port } = await openDoor({ env: { FLYWHEEL_CORS_ORIGINS: 'https://shop.example.com' } });
    expect(await get(port, { host: 'localhost:4000', origin })).toBe(status);
  });

  it('tells a listed origin what it may send and read, and everybody else nothing', async () => {
    const { url } = await openDoor({
      env: { ...withKeys, FLYWHEEL_CORS_ORIGINS: 'https://shop.example.com' },
    });
    const preflight = (origin: string) =>
      fetch(`${url}/graphql`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type,x-client',
        },
      });
    const listed = await preflight('https://shop.example.com');
    expect(listed.status).toBe(204);
    expect(listed.headers.get('access-control-allow-origin')).toBe('https://shop.example.com');
    expect(listed.headers.get('access-control-allow-methods')).toBe('GET, POST, PUT, DELETE, OPTIONS');
    expect(listed.headers.get('access-control-allow-headers')).toBe('authorization,content-type,x-client');
    expect(listed.headers.get('vary')).toContain('origin');
    const foreign = await preflight('https://evil.example.com');
    expect(foreign.status).toBe(403);
    expect([...foreign.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(await codeOf(foreign)).toBe('FORBIDDEN');
    // A refusal must be readable too, and whatever is cached must not be given to another origin.
    const noKey = await post(url, '{}', { origin: 'https://shop.example.com' });
    expect(noKey.status).toBe(401);
    expect(noKey.headers.get('access-control-allow-origin')).toBe('https://shop.example.com');
    expect(noKey.headers.get('access-control-expose-headers')).toContain('x-request-id');
    expect((await fetch(`${url}/healthz`)).headers.get('vary')).toBe('origin');
  });
});

describe('keys', () => {
  it.each([
    {},
    { authorization: 'Bearer wrong' },
    { authorization: 'Bearer ' },
    { authorization: `Basic ${readerKey}` },
    { authorization: readerKey },
    { 'x-api-key': `${readerKey} x` },
    { 'x-api-key': createHash('sha256').update(readerKey).digest('hex') },
  ])('keeps everybody out who shows none that is known: %j', async (headers) => {
    let handled = 0;
    const { url } = await openDoor({
      env: withKeys,
      graphql: () => {
        handled += 1;
      },
    });
    for (const path of ['/graphql?query={x}', '/metrics']) {
      const response = await fetch(`${url}${path}`, { headers });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
      expect(await codeOf(response)).toBe('UNAUTHENTICATED');
    }
    expect((await post(url, '{}', headers)).status).toBe(401);
    expect(handled).toBe(0);
  });

  it('gives the page to a browser without one, but no data', async () => {
    const page = ({ response }: Parameters<typeof echo>[0]) => void response.end('the page');
    const { url } = await openDoor({ env: withKeys, page });
    const accept = { accept: 'text/html' };
    expect(await (await fetch(`${url}/graphql?query={x}`, { headers: accept })).text()).toBe('the page');
    expect((await post(url, '{}', accept)).status).toBe(401);
    expect((await fetch(`${url}/metrics`, { headers: accept })).status).toBe(401);
  });

  it('tells a stranger whether it is ready, and a caller why not', async () => {
    const health = [{ name: 'database', check: () => Promise.reject(new Error('internals')) }];
    const { url } = await openDoor({ env: withKeys, health });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const stranger = await fetch(`${url}/readyz`);
    expect([stranger.status, await stranger.json()]).toEqual([503, { status: 'not ready' }]);
    const caller = await fetch(`${url}/readyz`, { headers: { 'x-api-key': readerKey } });
    const answer = await caller.text();
    expect(JSON.parse(answer)).toMatchObject({
      status: 'not ready',
      checks: [{ name: 'database', ok: false }],
    });
    expect(answer).not.toContain('internals');
  });
});

describe('what is not HTTP as we speak it', () => {
  it.each([
    ['noise', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]), 400],
    ['a line of text', 'hello\r\n\r\n', 400],
    ['no Host', 'GET /graphql HTTP/1.1\r\n\r\n', 400],
    ['an empty Host', 'GET /graphql HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n', 403],
    ['two lengths', rawPost('Content-Length: 2\r\nContent-Length: 3\r\n', '{}'), 400],
    ['length and chunks', rawPost('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), 400],
    ['a negative length', rawPost('Content-Length: -1\r\n', '{}'), 400],
    [
      '20 kB of headers',
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Big: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
    ],
    ['20 kB of address', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
  ])('turns away %s', async (_, bytes, status) => {
    const { port, url } = await openDoor();
    const received = await rawClient(port, bytes).closed;
    expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('refuses a WebSocket clearly, and ignores other upgrades', async () => {
    const { port } = await openDoor();
    const upgrade = (kind: string, first: string) =>
      `${first} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: ${kind}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n`;
    const socket = rawClient(port, upgrade('websocket', 'GET /graphql'));
    await socket.until('POST /graphql');
    socket.socket.destroy();
    expect(await socket.closed).toContain('HTTP/1.1 400');
    const h2c = rawClient(port, upgrade('h2c', 'GET /healthz'));
    await h2c.until('alive');
    h2c.socket.destroy();
    expect(await h2c.closed).toContain('HTTP/1.1 200');
  });

  it('hangs up on who dawdles', async () => {
    const { port } = await openDoor({ env: { FLYWHEEL_REQUEST_TIMEOUT_MS: '100' } });
    const headers = rawClient(port, 'GET /healthz HTTP/1.1\r\nHost: loc');
    const body = rawClient(port, rawPost('Content-Length: 10\r\n', '{'));
    const nothing = rawClient(port);
    expect(await headers.closed).toMatch(/^HTTP\/1.1 408 |^$/);
    expect(await body.closed).toMatch(/^HTTP\/1.1 408 |^$/);
    expect(await nothing.closed).toMatch(/^HTTP\/1.1 408 |^$/);
  });

  it('holds no more connections than it may', async () => {
    const { port, url } = await openDoor({ env: { FLYWHEEL_CONNECTION_LIMIT: '3' } });
    const started = gate();
    const clients = Array.from({ length: 3 }, () =>
      rawClient(port, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    );
    await Promise.all(clients.map((client) => client.until('alive')));
    expect(await rawClient(port).closed).toBe('');
    clients[0]?.socket.on('close', started.open).destroy();
    await started.opened;
    await expect
      .poll(() =>
        fetch(`${url}/healthz`).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200);
    for (const { socket } of clients) socket.destroy();
  });
});
