// POST /events: every form of body, who may send, and what is answered when the log cannot keep up.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { FlywheelError } from '../../src/core/errors.js';
import { createEventsHandler } from '../../src/door/events.js';
import { type Collector, createCollector } from '../../src/events/collect.js';
import type { NewRecord } from '../../src/stream/event-log.js';
import { codeOf, openDoor, readerKey, withKeys } from './fixture.js';

/** A door whose events end in a list. */
async function openEvents(options: { env?: Record<string, string>; collector?: Collector } = {}) {
  const appended: [topic: string, record: NewRecord][] = [];
  const collector =
    options.collector ??
    createCollector({
      log: {
        append: async (topic, records) => {
          for (const record of records) appended.push([topic, record]);
        },
      },
      topics: { behaviour: 'b', measurement: 'm' },
      timeZone: 'UTC',
      clock: systemClock,
    });
  const door = await openDoor({ env: options.env ?? {}, events: createEventsHandler({ collector }) });
  const send = (body: string | undefined, headers: Record<string, string> = {}) =>
    fetch(`${door.url}/events`, {
      method: 'POST',
      ...(body === undefined ? {} : { body }),
      headers: { 'content-type': 'application/json', ...headers },
    });
  return { ...door, send, appended };
}

const click = { user_id: 1, event: 'click', item_id: 101, timestamp: '2024-09-09 12:00:00' };
const measured = { event_id: 3, event_time: 1725868800, value: 300 };
const cloud = { specversion: '1.0', id: 'a', source: '/s', type: 'com.x.view', data: { user_id: 2 } };
const answerOf = async (response: Response) => [response.status, JSON.parse(await response.text())];

describe('POST /events', () => {
  it('takes one event, a list, and lines', async () => {
    const { send, appended } = await openEvents();
    expect(await answerOf(await send(JSON.stringify(click)))).toEqual([200, { accepted: 1, rejected: [] }]);
    expect(await answerOf(await send(JSON.stringify([click, measured])))).toEqual([
      200,
      { accepted: 2, rejected: [] },
    ]);
    const lines = `${JSON.stringify(click)}\n\nnonsense\n${JSON.stringify(measured)}\n`;
    const ndjson = await send(lines, { 'content-type': 'application/x-ndjson; charset=utf-8' });
    expect(await answerOf(ndjson)).toEqual([
      200,
      { accepted: 2, rejected: [{ index: 1, reason: expect.stringContaining('It is not JSON') }] },
    ]);
    expect(appended.map(([topic, { key }]) => [topic, key])).toEqual([
      ['b', '1'],
      ['b', '1'],
      ['m', null],
      ['b', '1'],
      ['m', null],
    ]);
    expect(appended[0]?.[1].value?.toString()).toBe(JSON.stringify(click));
  });

  it('takes CloudEvents one by one, in a batch, and in headers', async () => {
    const { send, appended } = await openEvents();
    await send(JSON.stringify(cloud), { 'content-type': 'application/cloudevents+json' });
    await send(JSON.stringify([cloud, cloud]), { 'content-type': 'application/cloudevents-batch+json' });
    const binary = await send('{"user_id":7}', {
      'ce-specversion': '1.0',
      'ce-id': 'caf%C3%A9',
      'ce-source': '/s',
      'ce-type': 'com.x.view',
    });
    expect(await answerOf(binary)).toEqual([200, { accepted: 1, rejected: [] }]);
    expect(appended.map(([, { key }]) => key)).toEqual(['2', '2', '2', '7']);
    expect(appended[0]?.[1].headers?.['content-type']?.toString()).toBe('application/cloudevents+json');
    expect(appended[3]?.[1].headers?.ce_id?.toString()).toBe('café');
    expect(await answerOf(await send('{}', { 'content-type': 'application/cloudevents+json' }))).toEqual([
      400,
      { accepted: 0, rejected: [{ index: 0, reason: '"specversion" is null; it must be "1.0".' }] },
    ]);
  });

  it('answers 400 when nothing could be accepted', async () => {
    const { send } = await openEvents();
    const [status, answer] = await answerOf(await send('[{"event":5},{}]'));
    expect([status, answer.accepted, answer.rejected.length]).toEqual([400, 0, 2]);
    expect(await answerOf(await send('[]'))).toEqual([200, { accepted: 0, rejected: [] }]);
    const cut = await send('[{"event":"view"}');
    expect([cut.status, await codeOf(cut)]).toEqual([400, 'BAD_INPUT']);
  });

  it('takes nothing that a form of a foreign page could send, and nothing compressed', async () => {
    const { send, url } = await openEvents();
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=latin1',
      '',
    ]) {
      const refused = await send('{}', { 'content-type': type });
      expect([type, refused.status, await codeOf(refused)]).toEqual([type, 415, 'BAD_INPUT']);
    }
    expect((await send('{}', { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await fetch(`${url}/events`)).status).toBe(405);
  });

  it('is closed to readers, and to those without a key', async () => {
    const writerKey = 'the writer key';
    const digest = createHash('sha256').update(writerKey).digest('hex');
    const env = { FLYWHEEL_API_KEYS: `${withKeys.FLYWHEEL_API_KEYS},shop:writer:${digest}` };
    const { send } = await openEvents({ env });
    const asked = async (headers: Record<string, string>) => {
      const response = await send(JSON.stringify(click), headers);
      return response.status === 200 ? 200 : [response.status, await codeOf(response)];
    };
    expect(await asked({})).toEqual([401, 'UNAUTHENTICATED']);
    expect(await asked({ 'x-api-key': readerKey })).toEqual([403, 'FORBIDDEN']);
    expect(await asked({ authorization: `Bearer ${writerKey}` })).toBe(200);
  });

  it('says when to come again, when the log is away, and when a body is too large', async () => {
    const failing = (error: FlywheelError): Collector => ({
      collect: () => Promise.reject(error),
      pending: () => ({ events: 0, bytes: 0 }),
    });
    const busy = await openEvents({
      collector: failing(
        new FlywheelError('RATE_LIMITED', 'Too fast.', { details: { retryAfterMs: 1_500 } }),
      ),
    });
    const limited = await busy.send('{}');
    expect([limited.status, limited.headers.get('retry-after'), await codeOf(limited)]).toEqual([
      429,
      '2',
      'RATE_LIMITED',
    ]);
    const away = await openEvents({ collector: failing(new FlywheelError('UNAVAILABLE', 'Away.')) });
    const unavailable = await away.send('{}');
    expect([unavailable.status, await codeOf(unavailable)]).toEqual([503, 'UNAVAILABLE']);
    const small = await openEvents({ env: { FLYWHEEL_BODY_LIMIT_BYTES: '1024' } });
    const large = await small.send(`[${' '.repeat(2_000)}]`);
    expect([large.status, await codeOf(large)]).toEqual([413, 'LIMIT_EXCEEDED']);
  });

  it('lets pages of listed origins ask first', async () => {
    const { url } = await openEvents({ env: { FLYWHEEL_CORS_ORIGINS: 'https://shop.example.com' } });
    const preflight = await fetch(`${url}/events`, {
      method: 'OPTIONS',
      headers: { origin: 'https://shop.example.com', 'access-control-request-headers': 'content-type' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toBe('POST, OPTIONS');
    const foreign = await fetch(`${url}/events`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example' },
    });
    expect(foreign.status).toBe(403);
  });
});
