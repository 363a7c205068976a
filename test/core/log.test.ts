// What the log writes, and what it never writes.

import { describe, expect, it } from 'vitest';
import { createLog, redact } from '../../src/core/log.js';

function capture(options: { plain: boolean; level?: string }) {
  const lines: string[] = [];
  const log = createLog({
    level: options.level ?? 'info',
    plain: options.plain,
    stream: { write: (line) => lines.push(line) },
  });
  return { log, lines };
}

describe('log', () => {
  it('writes one JSON object per line for machines, with the causes of an error', () => {
    const { log, lines } = capture({ plain: false });
    const cause = new Error('connection lost');
    log.error({ requestId: 'r-1', error: new Error('the read failed', { cause }) }, 'a request failed');
    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0] ?? '');
    expect(line).toMatchObject({ level: 'error', requestId: 'r-1', msg: 'a request failed' });
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(line.error.stack).toContain('log.test.ts');
    expect(line.error.cause.message).toBe('connection lost');
  });

  it('writes plain lines for a person', () => {
    const { log, lines } = capture({ plain: true });
    log.child({ part: 'door' }).warn({ rows: 3, note: 'x y' }, 'something odd');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d WARN {2}something odd {2}part=door {2}rows=3 {2}note=x y\n$/);
    log.error({ error: new TypeError('no such thing') }, 'it broke');
    expect(lines[1]).toMatch(/^\d\d:\d\d:\d\d ERROR it broke\n {4}TypeError: no such thing\n {8}at /);
  });

  it('keeps to its level', () => {
    const { log, lines } = capture({ plain: false, level: 'warn' });
    log.info('not this');
    log.warn('but this');
    expect(lines).toHaveLength(1);
    expect(log.isLevelEnabled('debug')).toBe(false);
  });

  it.each([true, false])('never writes a secret (plain: %s)', (plain) => {
    const { log, lines } = capture({ plain });
    const url = 'postgresql://shop:hunter2@db.example.com:5432/shop';
    const error = new Error(`cannot reach ${url}`, { cause: new Error(`password=hunter2 host=db`) });
    log.error({ error, url, list: [url] }, `gave up on ${url}`);
    log.info({ headers: { authorization: 'Bearer hunter2', 'x-api-key': 'hunter2' } }, 'Bearer hunter2');
    log.info({ password: 'hunter2', database: { password: 'hunter2' } }, 'settings');
    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).toContain('postgresql://shop:***@db.example.com:5432/shop');
  });
});

describe('redact', () => {
  it.each([
    ['postgres://u:p@h/d', 'postgres://u:***@h/d'],
    ['postgres://u:p@ss@h/d and more', 'postgres://u:***@h/d and more'],
    ['{"url":"postgres://u:a\\"b@h/d"}', '{"url":"postgres://u:***@h/d"}'],
    ["host=h password='two words' user=u", 'host=h password=*** user=u'],
    [
      'postgres://h/d?user=u&password=p&sslmode=require',
      'postgres://h/d?user=u&password=***&sslmode=require',
    ],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer ***'],
    ['http://127.0.0.1:4000/graphql', 'http://127.0.0.1:4000/graphql'],
    ['nothing to hide', 'nothing to hide'],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });
});
