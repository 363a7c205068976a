// What comes in through the door, how it is answered, and how the door closes.

import { Agent, request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { FlywheelError } from '../../src/core/errors.js';
import { codeOf, echo, gate, openDoor, post, rawClient, rawPost, readerKey, withKeys } from './fixture.js';

describe('exchanges', () => {
  it('hands the handler the whole body and the open scope', async () => {
    const { url } = await openDoor();
    const body = JSON.stringify({ query: '{ é }', filler: 'x'.repeat(300_000) });
    const answer = await (await post(url, body)).json();
    expect(answer).toMatchObject({ method: 'POST', body, scope: { role: 'operator' } });
  });

  it('reads chunked bodies, in however small pieces', async () => {
    const { port } = await openDoor();
    const text = JSON.stringify({ query: 'x'.repeat(500) });
    const client = rawClient(port, rawPost('Transfer-Encoding: chunked\r\nConnection: close\r\n'));
    for (const letter of text) client.socket.write(`1\r\n${letter}\r\n`);
    client.socket.write('0\r\n\r\n');
    expect(JSON.parse((await client.closed).split('\r\n\r\n')[1]?.match(/\{.*\}/)?.[0] ?? '')).toMatchObject({
      body: text,
    });
  });

  it('takes a POST without a body, and GET with its query', async () => {
    const { url } = await openDoor();
    expect(await (await post(url, '')).json()).toMatchObject({ body: '' });
    expect(await (await fetch(`${url}/graphql?query={x}`)).json()).toMatchObject({ method: 'GET', body: '' });
  });

  it('keeps a connection for the next request, also after a refusal', async () => {
    const { port } = await openDoor();
    const client = rawClient(port, rawPost('Content-Length: 2\r\n', '{}'));
    client.socket.write('POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na=b');
    client.socket.write(rawPost('Content-Length: 2\r\nConnection: close\r\n', '{}'));
    const statuses = (await client.closed).match(/HTTP\/1\.1 \d+/g);
    expect(statuses).toEqual(['HTTP/1.1 200', 'HTTP/1.1 415', 'HTTP/1.1 200']);
  });

  it('gives the headers of the handler and its own, whichever way the handler sets them', async () => {
    const { url } = await openDoor({
      graphql: ({ request, response }) => {
        response.setHeader('x-first', 'set');
        if (request.url?.includes('array')) response.writeHead(201, 'Made', ['x-second', 'array']);
        else if (request.url?.includes('object')) response.writeHead(201, { 'x-second': ['a', 'b'] });
        response.end('{}');
      },
    });
    const answers = await Promise.all(['array', 'object', ''].map((way) => fetch(`${url}/graphql?${way}`)));
    expect(answers.map(({ status, headers }) => [status, headers.get('x-second')])).toEqual([
      [201, 'array'],
      [201, 'a, b'],
      [200, null],
    ]);
    for (const { headers } of answers) {
      expect(headers.get('x-first')).toBe('set');
      expect(headers.get('x-request-id')).toMatch(/^[\w-]{6}[0-9a-z]+$/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});

describe('request ids', () => {
  it('are fresh for each request, the same in answer, handler and log', async () => {
    const { url, lines } = await openDoor();
    const answers = await Promise.all([post(url, '{}'), post(url, '{}'), post(url, '{}')]);
    const ids = answers.map(({ headers }) => headers.get('x-request-id'));
    expect(new Set(ids).size).toBe(3);
    const seen = await Promise.all(answers.map(async (answer) => (await answer.json()).requestId));
    expect(seen).toEqual(ids);
    for (const id of ids) expect(lines.filter(({ requestId }) => requestId === id)).toHaveLength(1);
  });

  it('take over a valid trace, and nothing else', async () => {
    const { url } = await openDoor();
    const idFor = async (traceparent: string) =>
      (await post(url, '{}', { traceparent })).headers.get('x-request-id');
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    expect(await idFor(`00-${trace}-00f067aa0ba902b7-01`)).toBe(trace);
    for (const bad of [
      `ff-${trace}-00f067aa0ba902b7-01`,
      `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
      'x',
      '',
    ]) {
      expect(await idFor(bad)).toMatch(/^[\w-]{6}[0-9a-z]{1,3}$/);
    }
  });
});

describe('failures of ours', () => {
  const reject = async () => {
    throw new Error('secret internals', { cause: new Error('deeper') });
  };
  const throwAtOnce = () => {
    throw new FlywheelError('BAD_INPUT', 'A handler answers its own errors.');
  };

  it.each([
    ['rejects', reject],
    ['throws', throwAtOnce],
  ])('answer 500 without internals when a handler %s, and log the cause', async (_, graphql) => {
    const { url, lines, telemetry } = await openDoor({ graphql });
    const response = await post(url, '{}');
    const text = await response.clone().text();
    expect(response.status).toBe(500);
    expect(await codeOf(response)).toBe('INTERNAL');
    expect(text).not.toMatch(/secret|handler|at /);
    const id = response.headers.get('x-request-id');
    expect(text).toContain(`the request id is ${id}`);
    expect(lines.find(({ level }) => level === 'error')).toMatchObject({
      requestId: id,
      error: { stack: /./ },
    });
    expect(await telemetry.render()).toContain('flywheel_errors_total{code="INTERNAL"} 1');
  });

  it('hang up when half of the answer is already sent', async () => {
    const { port } = await openDoor({
      graphql: async ({ response }) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half');
        throw new Error('broken off');
      },
    });
    const received = await rawClient(port, rawPost('Content-Length: 2\r\n', '{}')).closed;
    expect(received).not.toContain('errors');
  });
});

describe('a client that leaves', () => {
  it('stops what works for it, once for each callback, and is counted as 499', async () => {
    const [started, left] = [gate(), gate()];
    const calls: string[] = [];
    const { port, telemetry } = await openDoor({
      graphql: (exchange) => {
        exchange.onAbandon(() => calls.push('first'));
        exchange.onAbandon(() => {
          calls.push('second');
          exchange.onAbandon(() => calls.push('late'));
          left.open();
        });
        started.open();
      },
    });
    const client = rawClient(port, rawPost('Content-Length: 2\r\n', '{}'));
    await started.opened;
    client.socket.destroy();
    await left.opened;
    expect(calls).toEqual(['first', 'second', 'late']);
    expect(await telemetry.render()).toContain(
      'flywheel_http_requests_total{route="/graphql",status="499"} 1',
    );
    expect(await telemetry.render()).toContain('flywheel_http_requests_in_flight 0');
  });

  it('is not told of when it was answered', async () => {
    let abandoned = 0;
    const { url, door } = await openDoor({
      graphql: (exchange) => {
        exchange.onAbandon(() => {
          abandoned += 1;
        });
        echo(exchange);
      },
    });
    await (await post(url, '{}')).text();
    await door.close();
    expect(abandoned).toBe(0);
  });

  it('leaves nothing behind, however many do so', async () => {
    const { url, port, telemetry } = await openDoor({ graphql: () => undefined });
    const clients = Array.from({ length: 50 }, () => rawClient(port, rawPost('Content-Length: 2\r\n', '{}')));
    await expect.poll(() => telemetry.render()).toContain('flywheel_http_requests_in_flight 50');
    for (const { socket } of clients) socket.destroy();
    await expect.poll(() => telemetry.render()).toContain('flywheel_http_requests_in_flight 0');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe('the other addresses', () => {
  it('has health, metrics, a way from / to the API, and help for everything else', async () => {
    const { url } = await openDoor();
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'alive' });
    expect((await fetch(`${url}/healthz`, { method: 'HEAD' })).status).toBe(200);
    const home = await fetch(url, { redirect: 'manual' });
    expect([home.status, home.headers.get('location')]).toEqual([302, '/graphql']);
    const metrics = await fetch(`${url}/metrics`);
    expect(metrics.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await metrics.text()).toContain('flywheel_http_requests_total{route="/healthz",status="200"} 2');
    for (const path of ['/nothing', '/graphql/', '//graphql', '/%2e%2e/etc/passwd', '/GRAPHQL']) {
      const lost = await fetch(`${url}${path}`);
      expect(lost.status).toBe(404);
      expect(await lost.clone().text()).toContain('/graphql, /healthz, /readyz, /metrics');
      expect(await codeOf(lost)).toBe('NOT_FOUND');
    }
  });

  it('says which methods there are', async () => {
    const { url } = await openDoor();
    for (const [path, method, allow] of [
      ['/graphql', 'PATCH', 'GET, POST, PUT, DELETE, OPTIONS'],
      ['/metrics', 'POST', 'GET, HEAD, OPTIONS'],
    ]) {
      const response = await fetch(`${url}${path}`, { method: method ?? '' });
      expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
      expect(await codeOf(response)).toBe('BAD_INPUT');
    }
    const options = await fetch(`${url}/graphql`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, POST, PUT, DELETE, OPTIONS']);
  });

  it('gives a browser the page, which no other page may frame, and a program the API', async () => {
    const page = ({ response }: Parameters<typeof echo>[0]) => void response.end('<!doctype html>');
    const { url } = await openDoor({ page });
    const get = (accept: string) => fetch(`${url}/graphql?query={x}`, { headers: { accept } });
    const seen = await get('text/html,application/xhtml+xml,*/*;q=0.8');
    expect(seen.headers.get('content-security-policy')).toBe("frame-ancestors 'none'");
    expect(seen.headers.get('referrer-policy')).toBe('no-referrer');
    expect(await seen.text()).toBe('<!doctype html>');
    for (const accept of ['*/*', 'application/json, text/html', 'application/graphql-response+json']) {
      expect(await (await get(accept)).json()).toMatchObject({ method: 'GET' });
    }
  });
});

describe('closing', () => {
  it('finishes what is in flight, takes no more, and waits for no idle connection', async () => {
    const [started, finish] = [gate(), gate()];
    const { door, url, port } = await openDoor({
      env: { FLYWHEEL_CLOSE_TIMEOUT_MS: '60000' },
      graphql: async (exchange) => {
        started.open();
        await finish.opened;
        echo(exchange);
      },
    });
    const agent = new Agent({ keepAlive: true });
    const idle = httpRequest(`${url}/healthz`, { agent }).end();
    await new Promise((resolve) => idle.on('response', (response) => response.resume().on('end', resolve)));
    const silent = rawClient(port);
    await new Promise((resolve) => silent.socket.on('connect', resolve));
    const inFlight = rawClient(port, rawPost('Content-Length: 2\r\n', '{}'));
    await started.opened;
    const closed = door.close();
    expect(door.close()).toBe(closed);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    finish.open();
    const answer = await inFlight.closed;
    expect(answer).toContain('HTTP/1.1 200');
    expect(answer).toContain('Connection: close');
    await closed;
    agent.destroy();
  });

  it('cuts off what takes too long, and says so', async () => {
    const started = gate();
    let abandoned = false;
    const { door, port, lines } = await openDoor({
      env: { FLYWHEEL_CLOSE_TIMEOUT_MS: '20' },
      graphql: (exchange) => {
        exchange.onAbandon(() => {
          abandoned = true;
        });
        started.open();
      },
    });
    const client = rawClient(port, rawPost('Content-Length: 2\r\n', '{}'));
    await started.opened;
    await door.close();
    expect(await client.closed).toBe('');
    expect(abandoned).toBe(true);
    expect(lines.find(({ level }) => level === 'warn')).toMatchObject({ inFlight: 1 });
  });

  it('may come before listening, and listening may fail with a sentence', async () => {
    const { port, door } = await openDoor({ env: withKeys });
    await expect(openDoor({ env: { PORT: String(port) } })).rejects.toThrow(
      /^Port \d+ of 127.0.0.1 is in use/,
    );
    await expect(openDoor({ env: { ...withKeys, HOST: '203.0.113.1' } })).rejects.toThrow(
      /not an address of this machine/,
    );
    await door.close();
    await door.close();
  });

  it('leaves the port free', async () => {
    const { port, door } = await openDoor();
    await door.close();
    const again = await openDoor({ env: { PORT: String(port) } });
    expect(again.port).toBe(port);
  });
});

it('knows the key in either header', async () => {
  const { url } = await openDoor({ env: withKeys });
  for (const headers of [
    { authorization: `Bearer ${readerKey}` },
    { authorization: `bearer  ${readerKey}` },
    { 'x-api-key': readerKey },
  ]) {
    expect(await (await post(url, '{}', headers)).json()).toMatchObject({
      scope: { principal: 'board', role: 'reader' },
    });
  }
});
