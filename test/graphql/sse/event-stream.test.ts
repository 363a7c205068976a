// A stream of server-sent events that nobody reads costs a bounded amount of memory.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { EventStream } from '../../../graphql/sse/event-stream.js';
import { openScope } from '../../../src/core/scope.js';

it('ends when too much waits for its reader', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const client = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  client.pause();
  client.on('error', () => undefined);
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [request, response] = await once(server, 'request');
  const stream = new EventStream({
    request,
    response,
    requestId: '1',
    scope: openScope,
    body: Buffer.alloc(0),
    onAbandon: () => undefined,
  });
  const event = Buffer.alloc(1024 * 1024, 'x');
  let written = 0;
  while (!response.destroyed && written < 100) {
    stream.write(event);
    written += 1;
  }
  expect(written).toBeLessThan(30);
  expect(response.destroyed).toBe(true);
  client.destroy();
  server.close();
  await once(server, 'close');
});
