// The forms that settings take: addresses, names, paths, durations.

import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { listOf, setting, splitEntries, unlessOff } from './settings.js';

const hostName = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i;
const brokerAddress = /^[a-z0-9_.-]+:\d{1,5}$/i;
const name = /^[a-zA-Z0-9._-]{1,249}$/;

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return /^[A-Za-z]/.test(text);
  } catch {
    return false;
  }
}

export const aHost = setting('an IP address or a host name', (text) =>
  isIP(text) !== 0 || hostName.test(text) ? text : undefined,
);

export const hostList = setting(
  'a list of host names without ports, separated by commas; .example.com stands for all its subdomains',
  listOf((entry) => isIP(entry) !== 0 || hostName.test(entry.replace(/^\./, ''))),
);

export const originList = setting(
  'a list of origins such as https://shop.example.com, separated by commas, without a path',
  listOf(isOrigin),
);

export const brokerList = setting(
  'a list of host:port, separated by commas',
  listOf((entry) => brokerAddress.test(entry)),
);

export const aPostgresUrl = setting('of the form postgresql://user:password@host:port/database', (text) =>
  /^postgres(ql)?:\/\//.test(text) && URL.canParse(text) ? text : undefined,
);

/** Credentials in it would be shown wherever the address is. */
export const aServiceUrl = setting(
  'an address such as http://models.internal:8000, without a user or a password in it',
  (text) => {
    if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return undefined;
    const { username, password } = new URL(text);
    return username === '' && password === '' ? text : undefined;
  },
);

/** A topic or a group, as Kafka takes their names. */
export const aStreamName = setting('a name of letters, digits, ".", "_" and "-"', (text) =>
  name.test(text) && text !== '.' && text !== '..' ? text : undefined,
);

/** An absolute path. */
export const aPath = setting('a path', (text) => resolve(text));

export const pathList = setting('a list of paths, separated by commas', (text) =>
  splitEntries(text).map((path) => resolve(path)),
);

export const aTimeZone = setting('an IANA time zone such as Europe/London', (text) =>
  isTimeZone(text) ? text : undefined,
);

const durationUnitsMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function durationMs(text: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const unitMs = durationUnitsMs[unit];
  return unitMs === undefined || Number(count) === 0 ? undefined : Number(count) * unitMs;
}

/** In milliseconds. */
export const aDuration = setting('a duration such as 90s, 15m, 12h or 7d', durationMs);

/** In milliseconds; null for `off`. */
export const aDurationOrOff = setting('a duration such as 15m, 12h or 7d, or off', unlessOff(durationMs));

/** What names an offer, in settings and in campaigns. */
export const offerForm = /^[A-Za-z0-9_.-]{1,60}$/;

export const anOffer = setting('the name of an offer such as DISCOUNT_5', (text) =>
  offerForm.test(text) ? text : undefined,
);
