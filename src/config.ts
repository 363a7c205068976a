// The letterbox: the environment becomes one typed, frozen configuration, or a list of everything wrong with it.

import { BlockList, isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { FlywheelError } from './core/errors.js';
import type { Role } from './core/scope.js';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const roles = ['reader', 'writer', 'operator'] as const satisfies readonly Role[];

export interface Config {
  readonly door: {
    /** 0 lets the operating system choose a free port. */
    readonly port: number;
    readonly host: string;
    /** Host names, beside the loopback ones, by which the gateway is reached; `.example.com` covers its subdomains. */
    readonly allowedHosts: readonly string[];
    /** Web origins whose pages may call the gateway, besides its own. */
    readonly corsOrigins: readonly string[];
    readonly bodyLimitBytes: number;
    readonly connectionLimit: number;
    /** How long a request may take to arrive whole. */
    readonly requestTimeoutMs: number;
    /** How long requests in flight may take to finish when the gateway stops. */
    readonly closeTimeoutMs: number;
  };
  /** Empty: the gateway is open to whoever reaches it. */
  readonly apiKeys: readonly { readonly name: string; readonly role: Role; readonly sha256: string }[];
  readonly warehouse: {
    /** Unset: the embedded PostgreSQL. */
    readonly databaseUrl: string | undefined;
    readonly poolSize: number;
    readonly statementTimeoutMs: number;
  };
  /** Absolute path of the folder of the embedded parts. */
  readonly dataDir: string;
  readonly limits: {
    readonly tokens: number;
    readonly depth: number;
    readonly costRows: number;
    readonly pageRows: number;
  };
  readonly demo: boolean;
  readonly planner: boolean;
  readonly logLevel: (typeof logLevels)[number];
}

/** A setting: its text, when there is one, through `read`; a value that `read` refuses is told what it must be. */
function setting<T>(mustBe: string, read: (text: string) => T | undefined) {
  return z.string().transform((text, context): T => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: mustBe });
    return z.NEVER;
  });
}

function wholeNumber(min: number, max: number, unit: string) {
  return setting(`a whole number${unit} from ${min} to ${max}`, (text) => {
    const value = Number(text);
    return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
  });
}

const onOff = setting('on or off', (text) => (text === 'on' ? true : text === 'off' ? false : undefined));

/** Entries separated by commas or line ends; undefined when one of them does not pass. */
function listOf(passes: (entry: string) => boolean) {
  return (text: string): readonly string[] | undefined => {
    const entries = splitEntries(text);
    return entries.every(passes) ? entries : undefined;
  };
}

function splitEntries(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

const hostName = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i;

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text);
}

/** The keys of `name:role:sha256` entries. Faults name an entry by its place only: a misplaced part may be a key. */
const apiKeys = z.string().transform((text, context): Config['apiKeys'] => {
  const entries = splitEntries(text);
  const names = new Set<string>();
  const fault = (message: string) => context.addIssue({ code: 'custom', message });
  if (entries.length === 0) fault('at least one name:role:sha256 entry');
  return entries.flatMap((entry, index) => {
    const [name = '', role, sha256 = '', ...rest] = entry.split(':');
    const place = `whole: its entry ${index + 1}`;
    const knownRole = roles.find((known) => known === role);
    if (rest.length > 0 || !/^[\w.-]+$/.test(name)) {
      fault(`${place} is not of the form name:role:sha256, with a name of letters, digits, ".", "_" and "-"`);
    } else if (knownRole === undefined) {
      fault(`${place} needs one of the roles ${roles.join(', ')} between its name and its digest`);
    } else if (!/^[0-9a-f]{64}$/i.test(sha256)) {
      fault(
        `${place} needs the 64 hexadecimal digits of the key's SHA-256 as its last part (not the key itself)`,
      );
    } else if (names.has(name)) {
      fault(`${place} repeats the name of an earlier one`);
    } else {
      names.add(name);
      return [Object.freeze({ name, role: knownRole, sha256: sha256.toLowerCase() })];
    }
    return [];
  });
});

// Every setting there is. A default is that of the value, not of the text.
const settings = z.object({
  PORT: wholeNumber(0, 65535, '').default(4000),
  HOST: setting('an IP address or a host name', (text) =>
    isIP(text) !== 0 || hostName.test(text) ? text : undefined,
  ).default('127.0.0.1'),
  DATABASE_URL: setting('of the form postgresql://user:password@host:port/database', (text) =>
    isPostgresUrl(text) ? text : undefined,
  ).optional(),
  LOG_LEVEL: setting(`one of ${logLevels.join(', ')}`, (text) =>
    logLevels.find((level) => level === text),
  ).default('info'),
  FLYWHEEL_API_KEYS: apiKeys.default([]),
  FLYWHEEL_DATA_DIR: setting('a path', (text) => resolve(text)).default(() => resolve('.flywheel')),
  FLYWHEEL_DEMO: onOff.default(true),
  FLYWHEEL_PLANNER: onOff.default(true),
  FLYWHEEL_CORS_ORIGINS: setting(
    'a list of origins such as https://shop.example.com, separated by commas, without a path',
    listOf(isOrigin),
  ).default([]),
  FLYWHEEL_ALLOWED_HOSTS: setting(
    'a list of host names without ports, separated by commas; .example.com stands for all its subdomains',
    listOf((entry) => isIP(entry) !== 0 || hostName.test(entry.replace(/^\./, ''))),
  ).default([]),
  FLYWHEEL_BODY_LIMIT_BYTES: wholeNumber(1_024, 1_073_741_824, ' of bytes').default(1_048_576),
  FLYWHEEL_CONNECTION_LIMIT: wholeNumber(1, 1_000_000, '').default(10_000),
  FLYWHEEL_REQUEST_TIMEOUT_MS: wholeNumber(100, 3_600_000, ' of milliseconds').default(30_000),
  FLYWHEEL_CLOSE_TIMEOUT_MS: wholeNumber(0, 3_600_000, ' of milliseconds').default(10_000),
  FLYWHEEL_TOKEN_LIMIT: wholeNumber(1, 1_000_000, '').default(2_000),
  FLYWHEEL_DEPTH_LIMIT: wholeNumber(1, 1_000, '').default(15),
  FLYWHEEL_COST_LIMIT_ROWS: wholeNumber(1, 1_000_000_000, ' of rows').default(100_000),
  FLYWHEEL_PAGE_LIMIT_ROWS: wholeNumber(1, 100_000, ' of rows').default(1_000),
  FLYWHEEL_STATEMENT_TIMEOUT_MS: wholeNumber(1, 3_600_000, ' of milliseconds').default(10_000),
  FLYWHEEL_POOL_SIZE: wholeNumber(1, 1_000, '').default(10),
});

/** Values that must never be shown, not even when they are wrong. */
const secrets: ReadonlySet<string> = new Set(['DATABASE_URL', 'FLYWHEEL_API_KEYS']);

/**
 * Reads the whole configuration from an environment; an empty setting counts as unset.
 * Throws one FlywheelError (BAD_INPUT) whose message has a line for every fault; `details.faults` lists them.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const text = value?.trim();
    if (text !== undefined && text !== '') texts[name] = text;
  }
  const parsed = settings.safeParse(texts);
  const faults = [
    ...unknownSettings(texts),
    ...(parsed.error?.issues ?? []).map((issue) => faultOf(String(issue.path[0]), texts, issue.message)),
    ...openToTheNetwork(texts),
  ];
  if (!parsed.success || faults.length > 0) {
    throw new FlywheelError('BAD_INPUT', faults.join('\n'), { details: { faults } });
  }
  return configOf(parsed.data);
}

function configOf(read: z.output<typeof settings>): Config {
  return Object.freeze({
    door: Object.freeze({
      port: read.PORT,
      host: read.HOST,
      allowedHosts: Object.freeze(read.FLYWHEEL_ALLOWED_HOSTS),
      corsOrigins: Object.freeze(read.FLYWHEEL_CORS_ORIGINS),
      bodyLimitBytes: read.FLYWHEEL_BODY_LIMIT_BYTES,
      connectionLimit: read.FLYWHEEL_CONNECTION_LIMIT,
      requestTimeoutMs: read.FLYWHEEL_REQUEST_TIMEOUT_MS,
      closeTimeoutMs: read.FLYWHEEL_CLOSE_TIMEOUT_MS,
    }),
    apiKeys: Object.freeze(read.FLYWHEEL_API_KEYS),
    warehouse: Object.freeze({
      databaseUrl: read.DATABASE_URL,
      poolSize: read.FLYWHEEL_POOL_SIZE,
      statementTimeoutMs: read.FLYWHEEL_STATEMENT_TIMEOUT_MS,
    }),
    dataDir: read.FLYWHEEL_DATA_DIR,
    limits: Object.freeze({
      tokens: read.FLYWHEEL_TOKEN_LIMIT,
      depth: read.FLYWHEEL_DEPTH_LIMIT,
      costRows: read.FLYWHEEL_COST_LIMIT_ROWS,
      pageRows: read.FLYWHEEL_PAGE_LIMIT_ROWS,
    }),
    demo: read.FLYWHEEL_DEMO,
    planner: read.FLYWHEEL_PLANNER,
    logLevel: read.LOG_LEVEL,
  });
}

function faultOf(name: string, texts: Readonly<Record<string, string>>, mustBe: string): string {
  const value = secrets.has(name) ? 'not valid (its value is not shown)' : JSON.stringify(texts[name]);
  return `${name} is ${value}; it must be ${mustBe}.`;
}

/** Settings of the tests and scripts, which may stand in the same environment. */
const ofTheTests: ReadonlySet<string> = new Set(['FLYWHEEL_SHARED_DIR', 'FLYWHEEL_TEST_DATABASE_URL']);

/** A misspelt setting would be silently without effect, so everything under our prefix must be known. */
function unknownSettings(texts: Readonly<Record<string, string>>): string[] {
  const known = Object.keys(settings.shape);
  return Object.keys(texts)
    .filter((name) => name.startsWith('FLYWHEEL_') && !known.includes(name) && !ofTheTests.has(name))
    .map((name) => {
      const [nearest] = known
        .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
        .filter(({ distance }) => distance <= 5)
        .sort((a, b) => a.distance - b.distance);
      const advice = nearest === undefined ? 'remove it' : `did you mean ${nearest.candidate}?`;
      return `${name} is not a setting; ${advice}${advice.endsWith('?') ? '' : '.'}`;
    });
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** A gateway without keys lets everybody do everything, so it must not be reachable from elsewhere. */
function openToTheNetwork(texts: Readonly<Record<string, string>>): string[] {
  const host = texts.HOST;
  if (host === undefined || texts.FLYWHEEL_API_KEYS !== undefined) return [];
  const family = isIP(host);
  const isLoopback =
    family === 0 ? host.toLowerCase() === 'localhost' : loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
  if (isLoopback) return [];
  return [
    `HOST is ${JSON.stringify(host)}, which other machines can reach, and FLYWHEEL_API_KEYS is not set; ` +
      'set FLYWHEEL_API_KEYS (name:role:sha256, separated by commas), or leave HOST at 127.0.0.1.',
  ];
}

/** How many characters must be inserted, removed or replaced to make one text of the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
