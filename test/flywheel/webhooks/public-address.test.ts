// Which addresses a webhook may have.

import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../../src/flywheel/webhooks/public-address.js';
import { readWebhookUrl } from '../../../src/flywheel/webhooks/webhook-url.js';

describe('an address', () => {
  it.each([
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
  ])('is of the open internet: %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    '127.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::127.0.0.1',
    'fe80::1',
    'fe80::1%eth0',
    'fd00::1',
    'ff02::1',
    '2002:7f00:1::',
    '2001::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::169.254.169.254',
    'localhost',
    '',
  ])('is not: %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it('is not when it is one of this machine', () => {
    const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    expect(own.filter(({ address }) => isPublicAddress(address))).toEqual([]);
  });
});

describe('the address of a webhook', () => {
  it.each(['https://8.8.8.8/decisions', 'http://[2606:4700:4700::1111]:8080/?shop=1'])(
    'is taken as it is: %s',
    async (url) => {
      expect(await readWebhookUrl(url, false)).toBe(url);
    },
  );

  it.each([
    'http://localhost:4000/graphql',
    'http://LOCALHOST/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://169.254.169.254/latest/meta-data',
  ])('is refused, and taken where such are allowed: %s', async (url) => {
    await expect(readWebhookUrl(url, false)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('FLYWHEEL_WEBHOOK_PRIVATE=on'),
    });
    expect(await readWebhookUrl(url, true)).toBe(new URL(url).href);
  });

  it.each([
    ['file:///etc/passwd', 'http or https'],
    ['shop.example.com', 'http or https'],
    ['http://', 'http or https'],
    ['https://user@8.8.8.8/', 'a user or a password'],
    ['https://:secret@8.8.8.8/', 'a user or a password'],
    ['https://8.8.8.8/#part', '"#"'],
    [`https://8.8.8.8/${'a'.repeat(2_000)}`, '2000 characters'],
  ])('is refused: %.60s', async (url, why) => {
    await expect(readWebhookUrl(url, true)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining(why),
    });
  });
});
