import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createMessageSecret, signMessage, verifyMessage } from '../../src/core/signed-message.js';

/** The example that the libraries of Standard Webhooks are tested with. */
const example = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const now = example.timestamp;

/** HMAC by its definition (RFC 2104) from the hash alone: H(key ^ 5c.. | H(key ^ 36.. | text)), blocks of 64 bytes. */
function hmacByDefinition(key: Buffer, text: string): string {
  const block = Buffer.concat([key, Buffer.alloc(64 - key.length)]);
  const inner = createHash('sha256').update(block.map((byte) => byte ^ 0x36));
  const outer = createHash('sha256').update(block.map((byte) => byte ^ 0x5c));
  return outer.update(inner.update(text).digest()).digest('base64');
}

describe('signing a message', () => {
  it('gives the signature of the known example', () => {
    expect(signMessage(example, [example.secret])).toEqual({
      'webhook-id': example.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': example.signature,
    });
  });

  it('is HMAC-SHA256 of id, timestamp and body, also with the body as bytes', () => {
    const body = '{"name":"Müsli — 5 €"}';
    const key = Buffer.alloc(32, 7);
    const expected = `v1,${hmacByDefinition(key, `msg_1.1700000000.${body}`)}`;
    const message = { id: 'msg_1', timestamp: 1_700_000_000, body };
    expect(signMessage(message, [other])['webhook-signature']).toBe(expected);
    expect(signMessage({ ...message, body: Buffer.from(body) }, [other])['webhook-signature']).toBe(expected);
    // Bytes that are no text are signed as they are.
    const bytes = Uint8Array.of(0xff, 0xfe, 0);
    const headers = signMessage({ ...message, body: bytes }, [other]);
    const options = { now: 1_700_000_000 };
    expect(() => verifyMessage(bytes, headers, [other], options)).not.toThrow();
    expect(() => verifyMessage(Uint8Array.of(0xff, 0xff, 0), headers, [other], options)).toThrow(
      'signatures',
    );
  });

  it('signs once for each secret', () => {
    const both = signMessage(example, [other, example.secret])['webhook-signature'].split(' ');
    expect(both).toEqual([signMessage(example, [other])['webhook-signature'], example.signature]);
  });

  it.each(['', 'a.b', 'a b', 'a\nb', 'é', 'a'.repeat(257)])('refuses the id %j', (id) => {
    expect(() => signMessage({ ...example, id }, [other])).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }),
    );
  });

  it.each([1.5, -1, Number.NaN, 1e21])('refuses the timestamp %d', (timestamp) => {
    expect(() => signMessage({ ...example, timestamp }, [other])).toThrow('whole seconds');
  });
});

describe('secrets', () => {
  it.each([
    ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'does not start with "whsec_"'],
    ['whsec_', 'holds 0 bytes'],
    ['whsec_c2hvcnQ=', 'holds 5 bytes; 24 to 64 are allowed'],
    [`whsec_${Buffer.alloc(65).toString('base64')}`, 'holds 65 bytes'],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_', 'not base64'],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw ', 'not base64'],
    ['whsec_not a secret at all, but long enough', 'not base64'],
  ])('are refused in clear words: %s', (secret, fault) => {
    for (const attempt of [
      () => signMessage(example, [other, secret]),
      () => verifyMessage(example.body, signMessage(example, [other]), [other, secret], { now }),
    ]) {
      expect(attempt).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
      expect(attempt).toThrow(fault);
      // The prefix alone is no secret.
      if (secret.length > 6) expect(attempt).not.toThrow(secret.trim());
    }
  });

  it('are needed', () => {
    expect(() => signMessage(example, [])).toThrow('needs a secret');
    expect(() => verifyMessage(example.body, {}, [], { now })).toThrow('needs a secret');
  });

  it('may leave out the padding', () => {
    expect(signMessage(example, [other.replace(/=+$/, '')])).toEqual(signMessage(example, [other]));
  });

  it('are made anew each time, and serve', () => {
    const [first, second] = [createMessageSecret(), createMessageSecret()];
    expect(first).not.toBe(second);
    const headers = signMessage(example, [first]);
    expect(verifyMessage(example.body, headers, [first], { now }).id).toBe(example.id);
    expect(() => verifyMessage(example.body, headers, [second], { now })).toThrow('None of its signatures');
  });
});

describe('checking a message', () => {
  const headers = signMessage(example, [example.secret]);
  const check = (part: Record<string, string | string[] | undefined>, body = example.body) =>
    verifyMessage(body, { ...headers, ...part }, [example.secret], { now });

  it('accepts it, whatever the case of the names', () => {
    expect(check({})).toEqual({ id: example.id, timestamp: example.timestamp });
    const shouted = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
    );
    expect(verifyMessage(example.body, shouted, [example.secret], { now }).id).toBe(example.id);
  });

  it('accepts either secret while one is exchanged for the other', () => {
    const rotating = signMessage(example, [other, example.secret]);
    for (const secrets of [[other], [example.secret], [createMessageSecret(), other]]) {
      expect(verifyMessage(example.body, rotating, secrets, { now }).id).toBe(example.id);
    }
  });

  it('passes over signatures of other schemes', () => {
    const unknown =
      'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==';
    expect(check({ 'webhook-signature': `${unknown} ${example.signature}` }).id).toBe(example.id);
    expect(() => check({ 'webhook-signature': unknown })).toThrow('None of its signatures');
    expect(() => check({ 'webhook-signature': example.signature.replace('v1,', 'v2,') })).toThrow('None');
  });

  it('refuses any change of what is signed', () => {
    expect(() => check({}, '{"test":2432232314}')).toThrow('None of its signatures');
    expect(() => check({ 'webhook-id': 'msg_q' })).toThrow('None of its signatures');
    expect(() => check({ 'webhook-timestamp': String(now + 1) })).toThrow('None of its signatures');
    // The last letter of this base64 has two bits that are not read: it must be the one that was written all the same.
    expect(() => check({ 'webhook-signature': example.signature.replace('OE=', 'OF=') })).toThrow('None');
    expect(() => check({ 'webhook-signature': 'v1,' })).toThrow('None');
  });

  it('keeps parts apart, so that nothing moves from the id into the body', () => {
    const moved = signMessage({ id: 'a', timestamp: now, body: '5.x' }, [other]);
    const forged = { ...moved, 'webhook-id': `a.${now}`, 'webhook-timestamp': '5' };
    // The bytes that are signed are the same: only the rule that an id has no full stop stands against it.
    expect(() => verifyMessage('x', forged, [other], { now: 5 })).toThrow('webhook-id');
  });

  it('refuses what is not of this time', () => {
    const at = (seconds: number, toleranceSeconds?: number) =>
      verifyMessage(example.body, headers, [example.secret], {
        now: seconds,
        ...(toleranceSeconds === undefined ? {} : { toleranceSeconds }),
      });
    expect(at(now + 300).timestamp).toBe(now);
    expect(() => at(now + 301)).toThrow('too old');
    expect(at(now - 300).timestamp).toBe(now);
    expect(() => at(now - 301)).toThrow('in the future');
    expect(at(now + 3_600, 3_600).timestamp).toBe(now);
    expect(() => at(now + 11, 10)).toThrow('too old');
    expect(() => at(Number.NaN)).toThrow(RangeError);
  });

  it.each([
    ['webhook-id', undefined],
    ['webhook-id', ''],
    ['webhook-timestamp', undefined],
    ['webhook-signature', undefined],
    ['webhook-signature', [example.signature]],
    // The same name twice, in another case.
    ['Webhook-Signature', example.signature],
    ['webhook-timestamp', '01614265330'],
    ['webhook-timestamp', '1614265330.0'],
    ['webhook-timestamp', 'now'],
  ])('refuses the header %s: %j', (name, value) => {
    expect(() => check({ [name]: value })).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
    expect(() => check({ [name]: value })).toThrow(name.toLowerCase());
  });
});
