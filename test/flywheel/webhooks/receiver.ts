// Somebody who receives webhooks: a real server that notes what comes and answers as a test wants.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';

export interface Taken {
  /** The header webhook-id. */
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** How often the same id came before. */
  readonly repeats: number;
}

export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly taken: readonly Taken[];
  /** The most messages that it had before it at the same time. */
  atOnce(): number;
  /** Resolves when so many messages have come. */
  until(count: number): Promise<void>;
  close(): Promise<void>;
}

/** What becomes of a message: a status, or whatever is done with the response. */
export type Answer = (
  taken: Taken,
  response: ServerResponse,
) => number | undefined | Promise<number | undefined>;

export async function openReceiver(answer: Answer = () => 204): Promise<Receiver> {
  const taken: Taken[] = [];
  let open = 0;
  let most = 0;
  let notice = () => {};
  const server = createServer(async (request, response) => {
    open += 1;
    most = Math.max(most, open);
    response.once('close', () => {
      open -= 1;
    });
    request.setEncoding('utf8');
    let body = '';
    for await (const chunk of request) body += chunk;
    const id = String(request.headers['webhook-id']);
    const repeats = taken.filter((one) => one.id === id).length;
    const one = { id, headers: request.headers, body, repeats };
    taken.push(one);
    notice();
    const status = await answer(one, response);
    if (status !== undefined) response.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/decisions`,
    port,
    taken,
    atOnce: () => most,
    until: (count) =>
      new Promise((resolve) => {
        notice = () => {
          if (taken.length >= count) resolve();
        };
        notice();
      }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
