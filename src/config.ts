// The letterbox: the environment becomes one typed, frozen configuration, or a list of everything wrong with it.

import { BlockList, isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import {
  engineFaults,
  engineSettings,
  type FlinkSettings,
  flinkOf,
  type SparkSettings,
  sparkOf,
} from './core/engine-settings.js';
import { FlywheelError } from './core/errors.js';
import type { Role } from './core/scope.js';
import {
  aDuration,
  aDurationOrOff,
  aHost,
  anOffer,
  aPath,
  aPostgresUrl,
  aServiceUrl,
  aStreamName,
  aTimeZone,
  brokerList,
  hostList,
  originList,
  pathList,
} from './core/setting-forms.js';
import {
  editDistance,
  numberFrom,
  onOff,
  setting,
  share,
  splitEntries,
  wholeNumber,
  wholeNumberOrOff,
} from './core/settings.js';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const roles = ['reader', 'writer', 'operator'] as const satisfies readonly Role[];

const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
type SaslMechanism = (typeof saslMechanisms)[number];

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
  /** Undefined: the event log is kept in the database. */
  readonly kafka:
    | {
        readonly brokers: readonly string[];
        readonly ssl: boolean;
        /** Paths of PEM files: what signed the brokers' certificates, and our own certificate with its key. */
        readonly sslCa: string | undefined;
        readonly sslCert: string | undefined;
        readonly sslKey: string | undefined;
        readonly saslMechanism: SaslMechanism | undefined;
        readonly username: string;
        readonly password: string;
        readonly createTopics: boolean;
        /** Copies of each partition of a topic that is created; -1 leaves it to the cluster. */
        readonly replication: number;
      }
    | undefined;
  readonly topics: {
    readonly behaviour: string;
    readonly measurement: string;
    readonly results: string;
    readonly deadLetters: string;
    readonly decisions: string;
    /** What Flink reads of new facts, a topic for each kind: the name, a dot and the kind. */
    readonly facts: string;
    /** What Flink says of windows. */
    readonly windows: string;
    /** Absolute paths of files that each map one more topic. */
    readonly maps: readonly string[];
    /** Partitions of a topic that is created. */
    readonly partitions: number;
  };
  readonly stream: {
    /** The group in which pipelines share the partitions. */
    readonly group: string;
    /** The time zone of event times that name none. */
    readonly timeZone: string;
    /** How much later than the newest event another may come before its window is said to be final. */
    readonly latenessMs: number;
    /** How long after that a window is still amended. */
    readonly graceMs: number;
    /** How long a partition that has nothing to read may hold the others back. */
    readonly idleMs: number;
    /** How long the log in the database keeps records. */
    readonly retentionMs: number;
  };
  readonly services: {
    /** Where each service is; undefined: in threads of this process. */
    readonly urls: {
      readonly recommendation: string | undefined;
      readonly segmentation: string | undefined;
      readonly forecasting: string | undefined;
      readonly learning: string | undefined;
    };
    /** How long an answer of a service may take before its field degrades. */
    readonly deadlineMs: number;
    /** Absolute path of the JSON file of what the services are told; undefined: their defaults. */
    readonly settingsFile: string | undefined;
  };
  /** When models are trained without anybody asking; with neither, never. */
  readonly training: {
    /** How old the newest training of a service may become. */
    readonly everyMs: number | undefined;
    /** After how many events it is repeated. */
    readonly afterEvents: number | undefined;
  };
  /** How decisions are made, and what becomes of them is told. */
  readonly wheel: {
    /** The share of customers who get the untrained floor, for comparison. */
    readonly holdoutShare: number;
    /** Of the customers who are not held out, the share who get a challenger on trial; 0: none ever is. */
    readonly challengerShare: number;
    /** How long after it was shown behaviour is put down to a decision. */
    readonly attributionWindowMs: number;
    /** How many shown places of one customer and day teach at most. */
    readonly lessonsPerCustomerDay: number;
    /** The share of each choice that is spread evenly over all candidates. */
    readonly explorationShare: number;
    /** How long the log may take to confirm decisions before the floor is answered. */
    readonly patienceMs: number;
    /** What is offered for the third view of a product without a purchase, within this time; null: nothing. */
    readonly thirdView: { readonly windowMs: number; readonly offer: string } | null;
    /** What orders of goods go by. */
    readonly reorder: {
      /** The chance that stock is to last until an order arrives. */
      readonly serviceLevel: number;
      /** From an order to its arrival, in the mean, and the standard deviation of that. */
      readonly leadTimeDays: number;
      readonly leadTimeDeviationDays: number;
      /** From one look at the stock to the next; 0 when it is always watched. */
      readonly reviewDays: number;
      /** How long an order is to last beyond the reorder point. */
      readonly coverDays: number;
      /** The least that one order may be, and what orders are multiples of, in units. */
      readonly minimumOrder: number;
      readonly orderMultiple: number;
      /** How long stock may last before it is too much. */
      readonly overstockDays: number;
    };
  };
  /** Undefined: the pipelines compute the windows of streams themselves. */
  readonly flink: FlinkSettings | undefined;
  /** Undefined: batches run in the warehouse alone. */
  readonly spark: SparkSettings | undefined;
  readonly batches: {
    /** Absolute path of the JSON file that says which batches run when; undefined: none runs by itself. */
    readonly scheduleFile: string | undefined;
  };
  readonly webhooks: {
    /** Whether they may lead to this machine and into private networks. */
    readonly isPrivateAllowed: boolean;
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
  /** Whether the customers of the demonstration act; in a Kafka of the user's own only when they are asked to. */
  readonly demoActs: boolean;
  readonly planner: boolean;
  readonly logLevel: (typeof logLevels)[number];
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
  HOST: aHost.default('127.0.0.1'),
  DATABASE_URL: aPostgresUrl.optional(),
  LOG_LEVEL: setting(`one of ${logLevels.join(', ')}`, (text) =>
    logLevels.find((level) => level === text),
  ).default('info'),
  FLYWHEEL_API_KEYS: apiKeys.default([]),
  FLYWHEEL_DATA_DIR: aPath.default(() => resolve('.flywheel')),
  FLYWHEEL_DEMO: onOff.optional(),
  FLYWHEEL_PLANNER: onOff.default(true),
  FLYWHEEL_CORS_ORIGINS: originList.default([]),
  FLYWHEEL_ALLOWED_HOSTS: hostList.default([]),
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
  KAFKA_BROKERS: brokerList.optional(),
  KAFKA_SSL: onOff.default(false),
  KAFKA_SSL_CA: aPath.optional(),
  KAFKA_SSL_CERT: aPath.optional(),
  KAFKA_SSL_KEY: aPath.optional(),
  KAFKA_SASL_MECHANISM: setting(`one of ${saslMechanisms.join(', ')}`, (text) =>
    saslMechanisms.find((mechanism) => mechanism === text.toLowerCase()),
  ).optional(),
  KAFKA_USERNAME: z.string().default(''),
  KAFKA_PASSWORD: z.string().default(''),
  KAFKA_CREATE_TOPICS: onOff.default(true),
  KAFKA_REPLICATION: wholeNumber(1, 32, '').optional(),
  LOG_RETENTION: aDuration.default(7 * 86_400_000),
  FLYWHEEL_TOPIC_BEHAVIOUR: aStreamName.default('user-behavior'),
  FLYWHEEL_TOPIC_MEASUREMENT: aStreamName.default('data_stream'),
  FLYWHEEL_TOPIC_RESULTS: aStreamName.default('flywheel.results'),
  FLYWHEEL_TOPIC_DEAD_LETTERS: aStreamName.default('flywheel.dead-letters'),
  FLYWHEEL_TOPIC_DECISIONS: aStreamName.default('flywheel.decisions'),
  FLYWHEEL_TOPIC_MAPS: pathList.default([]),
  FLYWHEEL_TOPIC_PARTITIONS: wholeNumber(1, 10_000, '').default(4),
  FLYWHEEL_CONSUMER_GROUP: aStreamName.default('flywheel'),
  FLYWHEEL_EVENT_TIME_ZONE: aTimeZone.default('UTC'),
  FLYWHEEL_LATENESS_MS: wholeNumber(0, 86_400_000, ' of milliseconds').default(2_000),
  FLYWHEEL_GRACE_MS: wholeNumber(0, 604_800_000, ' of milliseconds').default(60_000),
  FLYWHEEL_IDLE_MS: wholeNumber(100, 86_400_000, ' of milliseconds').default(5_000),
  RECOMMENDATION_URL: aServiceUrl.optional(),
  SEGMENTATION_URL: aServiceUrl.optional(),
  FORECASTING_URL: aServiceUrl.optional(),
  LEARNING_URL: aServiceUrl.optional(),
  FLYWHEEL_SERVICE_DEADLINE_MS: wholeNumber(1, 60_000, ' of milliseconds').default(300),
  FLYWHEEL_SERVICES: aPath.optional(),
  FLYWHEEL_TRAIN_EVERY: aDurationOrOff.default(86_400_000),
  FLYWHEEL_TRAIN_AFTER_EVENTS: wholeNumberOrOff(1, 1_000_000_000_000, ' of events').default(100_000),
  FLYWHEEL_HOLDOUT_SHARE: share(0.9).default(0.1),
  FLYWHEEL_CHALLENGER_SHARE: share(0.5).default(0.1),
  FLYWHEEL_ATTRIBUTION_WINDOW: aDuration.default(3_600_000),
  FLYWHEEL_LESSONS_PER_CUSTOMER_DAY: wholeNumber(1, 1_000_000, '').default(100),
  FLYWHEEL_EXPLORATION_SHARE: share(1).default(0.1),
  FLYWHEEL_THIRD_VIEW_WINDOW: aDurationOrOff.default(604_800_000),
  FLYWHEEL_THIRD_VIEW_OFFER: anOffer.default('DISCOUNT_5'),
  FLYWHEEL_DECISION_PATIENCE_MS: wholeNumber(1, 60_000, ' of milliseconds').default(50),
  FLYWHEEL_REORDER_SERVICE_LEVEL: numberFrom(0.5, 0.9999).default(0.95),
  FLYWHEEL_REORDER_LEAD_TIME_DAYS: numberFrom(0, 365).default(7),
  FLYWHEEL_REORDER_LEAD_TIME_DEVIATION_DAYS: numberFrom(0, 365).default(1),
  FLYWHEEL_REORDER_REVIEW_DAYS: numberFrom(0, 365).default(0),
  FLYWHEEL_REORDER_COVER_DAYS: numberFrom(0, 365).default(14),
  FLYWHEEL_REORDER_MINIMUM: numberFrom(0, 1e9).default(0),
  FLYWHEEL_REORDER_MULTIPLE: numberFrom(0.001, 1e9).default(1),
  FLYWHEEL_REORDER_OVERSTOCK_DAYS: numberFrom(1, 3_650).default(90),
  FLYWHEEL_WEBHOOK_PRIVATE: onOff.default(false),
  ...engineSettings,
});

/** Values that must never be shown, not even when they are wrong. */
const secrets: ReadonlySet<string> = new Set(['DATABASE_URL', 'FLYWHEEL_API_KEYS', 'KAFKA_PASSWORD']);

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
    ...halfSasl(texts),
    ...engineFaults(texts),
    ...(parsed.success ? halfTls(parsed.data) : []),
    ...(parsed.success ? sharedTopics(parsed.data) : []),
    ...(parsed.success ? varyingNothing(parsed.data) : []),
  ];
  if (!parsed.success || faults.length > 0) {
    throw new FlywheelError('BAD_INPUT', faults.join('\n'), { details: { faults } });
  }
  return configOf(parsed.data, texts);
}

/** A user name without a mechanism, or the other way round, would be silently without effect. */
function halfSasl(texts: Readonly<Record<string, string>>): string[] {
  const given = ['KAFKA_SASL_MECHANISM', 'KAFKA_USERNAME', 'KAFKA_PASSWORD'];
  const missing = given.filter((name) => texts[name] === undefined);
  if (missing.length === 0 || missing.length === given.length) return [];
  return [`${missing.join(' and ')} must be set too, or none of ${given.join(', ')}.`];
}

/** So would the files be without TLS, and a certificate without its key. */
function halfTls(read: z.output<typeof settings>): string[] {
  const files = {
    KAFKA_SSL_CA: read.KAFKA_SSL_CA,
    KAFKA_SSL_CERT: read.KAFKA_SSL_CERT,
    KAFKA_SSL_KEY: read.KAFKA_SSL_KEY,
  };
  const given = Object.entries(files).flatMap(([name, path]) => (path === undefined ? [] : [name]));
  if (given.length > 0 && !read.KAFKA_SSL) {
    return [`${given.join(' and ')} must not be set without KAFKA_SSL=on.`];
  }
  if ((read.KAFKA_SSL_CERT === undefined) === (read.KAFKA_SSL_KEY === undefined)) return [];
  return ['KAFKA_SSL_CERT and KAFKA_SSL_KEY must be set together.'];
}

/** What is read and what is written must not meet in one topic. */
function sharedTopics(read: z.output<typeof settings>): string[] {
  const names = [
    read.FLYWHEEL_TOPIC_BEHAVIOUR,
    read.FLYWHEEL_TOPIC_MEASUREMENT,
    read.FLYWHEEL_TOPIC_RESULTS,
    read.FLYWHEEL_TOPIC_DEAD_LETTERS,
    read.FLYWHEEL_TOPIC_DECISIONS,
    read.FLYWHEEL_TOPIC_FACTS,
    read.FLYWHEEL_TOPIC_WINDOWS,
  ];
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  return twice === undefined
    ? []
    : [`Two of the settings FLYWHEEL_TOPIC_… are "${twice}"; give each its own topic.`];
}

/** Goods that are there at once cannot come earlier or later. */
function varyingNothing(read: z.output<typeof settings>): string[] {
  const isWrong =
    read.FLYWHEEL_REORDER_LEAD_TIME_DAYS === 0 && read.FLYWHEEL_REORDER_LEAD_TIME_DEVIATION_DAYS > 0;
  return isWrong
    ? [
        'FLYWHEEL_REORDER_LEAD_TIME_DAYS is 0, which cannot vary; set FLYWHEEL_REORDER_LEAD_TIME_DEVIATION_DAYS to 0 too.',
      ]
    : [];
}

function kafkaOf(read: z.output<typeof settings>): Config['kafka'] {
  if (read.KAFKA_BROKERS === undefined) return undefined;
  return Object.freeze({
    brokers: Object.freeze(read.KAFKA_BROKERS),
    ssl: read.KAFKA_SSL,
    sslCa: read.KAFKA_SSL_CA,
    sslCert: read.KAFKA_SSL_CERT,
    sslKey: read.KAFKA_SSL_KEY,
    saslMechanism: read.KAFKA_SASL_MECHANISM,
    username: read.KAFKA_USERNAME,
    password: read.KAFKA_PASSWORD,
    createTopics: read.KAFKA_CREATE_TOPICS,
    replication: read.KAFKA_REPLICATION ?? -1,
  });
}

function configOf(read: z.output<typeof settings>, texts: Readonly<Record<string, string>>): Config {
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
    kafka: kafkaOf(read),
    topics: Object.freeze({
      behaviour: read.FLYWHEEL_TOPIC_BEHAVIOUR,
      measurement: read.FLYWHEEL_TOPIC_MEASUREMENT,
      results: read.FLYWHEEL_TOPIC_RESULTS,
      deadLetters: read.FLYWHEEL_TOPIC_DEAD_LETTERS,
      decisions: read.FLYWHEEL_TOPIC_DECISIONS,
      facts: read.FLYWHEEL_TOPIC_FACTS,
      windows: read.FLYWHEEL_TOPIC_WINDOWS,
      maps: Object.freeze(read.FLYWHEEL_TOPIC_MAPS),
      partitions: read.FLYWHEEL_TOPIC_PARTITIONS,
    }),
    stream: Object.freeze({
      group: read.FLYWHEEL_CONSUMER_GROUP,
      timeZone: read.FLYWHEEL_EVENT_TIME_ZONE,
      latenessMs: read.FLYWHEEL_LATENESS_MS,
      graceMs: read.FLYWHEEL_GRACE_MS,
      idleMs: read.FLYWHEEL_IDLE_MS,
      retentionMs: read.LOG_RETENTION,
    }),
    services: Object.freeze({
      urls: Object.freeze({
        recommendation: read.RECOMMENDATION_URL,
        segmentation: read.SEGMENTATION_URL,
        forecasting: read.FORECASTING_URL,
        learning: read.LEARNING_URL,
      }),
      deadlineMs: read.FLYWHEEL_SERVICE_DEADLINE_MS,
      settingsFile: read.FLYWHEEL_SERVICES,
    }),
    training: Object.freeze({
      everyMs: read.FLYWHEEL_TRAIN_EVERY ?? undefined,
      afterEvents: read.FLYWHEEL_TRAIN_AFTER_EVENTS ?? undefined,
    }),
    wheel: Object.freeze({
      holdoutShare: read.FLYWHEEL_HOLDOUT_SHARE,
      challengerShare: read.FLYWHEEL_CHALLENGER_SHARE,
      attributionWindowMs: read.FLYWHEEL_ATTRIBUTION_WINDOW,
      lessonsPerCustomerDay: read.FLYWHEEL_LESSONS_PER_CUSTOMER_DAY,
      explorationShare: read.FLYWHEEL_EXPLORATION_SHARE,
      patienceMs: read.FLYWHEEL_DECISION_PATIENCE_MS,
      thirdView:
        read.FLYWHEEL_THIRD_VIEW_WINDOW === null
          ? null
          : Object.freeze({
              windowMs: read.FLYWHEEL_THIRD_VIEW_WINDOW,
              offer: read.FLYWHEEL_THIRD_VIEW_OFFER,
            }),
      reorder: Object.freeze({
        serviceLevel: read.FLYWHEEL_REORDER_SERVICE_LEVEL,
        leadTimeDays: read.FLYWHEEL_REORDER_LEAD_TIME_DAYS,
        leadTimeDeviationDays: read.FLYWHEEL_REORDER_LEAD_TIME_DEVIATION_DAYS,
        reviewDays: read.FLYWHEEL_REORDER_REVIEW_DAYS,
        coverDays: read.FLYWHEEL_REORDER_COVER_DAYS,
        minimumOrder: read.FLYWHEEL_REORDER_MINIMUM,
        orderMultiple: read.FLYWHEEL_REORDER_MULTIPLE,
        overstockDays: read.FLYWHEEL_REORDER_OVERSTOCK_DAYS,
      }),
    }),
    flink: flinkOf(read, read.KAFKA_BROKERS),
    spark: sparkOf(read, texts),
    batches: Object.freeze({ scheduleFile: read.FLYWHEEL_BATCHES }),
    webhooks: Object.freeze({ isPrivateAllowed: read.FLYWHEEL_WEBHOOK_PRIVATE }),
    dataDir: read.FLYWHEEL_DATA_DIR,
    limits: Object.freeze({
      tokens: read.FLYWHEEL_TOKEN_LIMIT,
      depth: read.FLYWHEEL_DEPTH_LIMIT,
      costRows: read.FLYWHEEL_COST_LIMIT_ROWS,
      pageRows: read.FLYWHEEL_PAGE_LIMIT_ROWS,
    }),
    demo: read.FLYWHEEL_DEMO ?? true,
    demoActs: read.FLYWHEEL_DEMO ?? read.KAFKA_BROKERS === undefined,
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
