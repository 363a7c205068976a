import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createAsk } from '../../../src/cli/simulate-rounds/ask-gateway.js';
import { createWheelDoors } from '../../../src/cli/simulate-rounds/wheel-doors.js';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Answers each request with the next of these texts, and the last one from then on. */
async function answering(...texts: readonly string[]) {
  const requests: { readonly headers: IncomingMessage['headers']; readonly path: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const text = texts[Math.min(requests.length, texts.length - 1)];
    requests.push({ headers: request.headers, path: request.url });
    request.resume().on('end', () => response.end(text));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}`, requests };
}

const shape = z.object({ ok: z.boolean() });
const refusal = (code: string, message: string) =>
  JSON.stringify({ errors: [{ message, extensions: { code } }] });
const good = JSON.stringify({ data: { ok: true } });

describe('asking a gateway', () => {
  it('finds the door by the address alone, and brings the key', async () => {
    const { url, requests } = await answering(good);
    expect(await createAsk({ url, key: 'sesame' })('{ ok }', {}, shape)).toEqual({ ok: true });
    await createAsk({ url: `${url}/graphql`, key: undefined })('{ ok }', {}, shape);
    expect(requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/graphql', 'Bearer sesame'],
      ['/graphql', undefined],
    ]);
  });

  it('asks again after what passes, with the same', async () => {
    const { url, requests } = await answering('starting', refusal('RATE_LIMITED', 'Wait.'), good);
    expect(await createAsk({ url, key: undefined })('{ ok }', {}, shape)).toEqual({ ok: true });
    expect(requests).toHaveLength(3);
  });

  it.each([
    ['a page', '<html>', /is no gateway, or one that is just starting; say with --url/],
    ['another form', '{"data":{"ok":1}}', /in a form that is not known here/],
    [
      'an outage',
      refusal('UNAVAILABLE', 'The database is away.'),
      /The gateway refuses: The database is away\./,
    ],
  ])('gives up on %s with a sentence when it has no patience left', async (_what, text, sentence) => {
    const { url } = await answering(text);
    const asked = createAsk({ url, key: undefined })('{ ok }', {}, shape, { patienceMs: 0 });
    await expect(asked).rejects.toThrow(sentence);
  });

  it('does not ask again what is refused for good, and says where a key goes', async () => {
    const { url, requests } = await answering(
      refusal('UNAUTHENTICATED', 'This gateway needs an API key.'),
      good,
    );
    await expect(createAsk({ url, key: undefined })('{ ok }', {}, shape)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: 'The gateway refuses: This gateway needs an API key. Give one with --key.',
    });
    expect(requests).toHaveLength(1);
  });

  it('says what to do where nobody answers, and for an address that is none', async () => {
    const doors = createWheelDoors(createAsk({ url: 'http://127.0.0.1:1', key: undefined }));
    await expect(doors.state()).rejects.toThrow(
      'No gateway answers at http://127.0.0.1:1/graphql; start one with npm start',
    );
    expect(() => createAsk({ url: 'gateway', key: undefined })).toThrow(
      '"gateway" is no address of a gateway',
    );
  });
});

describe('the doors of the wheel', () => {
  const list = (decision: string | null, degraded: boolean) =>
    JSON.stringify({
      data: {
        c0: {
          decision,
          arm: decision === null ? null : 'CHAMPION',
          degraded,
          items: [{ product: { code: 'A' } }],
        },
      },
    });

  it('ask again for whoever got no decision', async () => {
    const { url, requests } = await answering(list(null, true), list('d', false));
    const doors = createWheelDoors(createAsk({ url, key: undefined }));
    expect(await doors.propose(['c'])).toEqual([
      { customer: 'c', decision: 'd', arm: 'CHAMPION', degraded: false, products: ['A'] },
    ]);
    expect(requests).toHaveLength(2);
  });

  it('take what is not decided on purpose as it is', async () => {
    const { url, requests } = await answering(list(null, false));
    const doors = createWheelDoors(createAsk({ url, key: undefined }));
    expect(await doors.propose(['c'])).toMatchObject([{ decision: null, products: ['A'] }]);
    expect(requests).toHaveLength(1);
  });

  it('say why a training failed', async () => {
    const { url } = await answering(
      JSON.stringify({ data: { train: { number: 7 } } }),
      JSON.stringify({
        data: { trainings: [{ number: 7, state: 'FAILED', step: 'There are no products.', version: null }] },
      }),
    );
    const doors = createWheelDoors(createAsk({ url, key: undefined }));
    await expect(doors.trainRecommender(1)).rejects.toThrow('ended as FAILED: There are no products.');
  });

  it('do not pass over an event that is refused', async () => {
    const { url } = await answering(
      JSON.stringify({ data: { collect: { rejected: [{ index: 0, reason: 'It is wrong.' }] } } }),
    );
    const doors = createWheelDoors(createAsk({ url, key: undefined }));
    const event = { type: 'view', id: '1', source: 's', occurredAt: '2026-01-05T00:00:00.000Z' };
    await expect(doors.collect([event])).rejects.toThrow('refuses an event of the simulation: It is wrong.');
  });
});
