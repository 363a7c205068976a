// What Spark is told in its properties file, the only place where it finds the password of the warehouse.

import { availableParallelism } from 'node:os';
import { FlywheelError } from '../../core/errors.js';

/** What the tables of the warehouse are found under in Spark SQL: `pg.public.fact_sales`. */
const catalogName = 'pg';

export function isLocal(master: string): boolean {
  return master.startsWith('local');
}

export interface SparkProperties {
  readonly master: string;
  /** What Spark shows the run under. */
  readonly title: string;
  /** A folder of the run's own, which may be filled and is removed after it. */
  readonly folder: string;
  /** The warehouse; undefined: the run has nothing to do with it. */
  readonly databaseUrl: string | undefined;
  /** Further properties, which go before ours. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * The text of the properties file: ANSI SQL, times in UTC, nothing remembered from run to run, text taken as it stands
 * (no `${…}` is replaced), and no address that other machines reach when Spark runs in this one.
 */
export function propertiesText({ master, title, folder, databaseUrl, settings }: SparkProperties): string {
  const properties: Record<string, string> = {
    'spark.app.name': title,
    'spark.ui.enabled': 'false',
    'spark.sql.ansi.enabled': 'true',
    'spark.sql.session.timeZone': 'UTC',
    'spark.sql.catalogImplementation': 'in-memory',
    'spark.sql.variable.substitute': 'false',
    ...sameAnswers,
    'spark.sql.warehouse.dir': `${folder}/tables`,
    ...(isLocal(master) ? ofThisMachine(folder) : {}),
    ...(databaseUrl === undefined ? {} : catalogOf(databaseUrl)),
    ...settings,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${escaped(value)}\n`)
    .join('');
}

/**
 * What an installation could have set otherwise for all its programs: how texts and decimals are read, that a value which
 * does not fit is refused, that no file is left out in silence, and that no part of a result is written twice.
 */
const sameAnswers = {
  'spark.sql.parser.escapedStringLiterals': 'false',
  'spark.sql.caseSensitive': 'false',
  'spark.sql.decimalOperations.allowPrecisionLoss': 'true',
  'spark.sql.storeAssignmentPolicy': 'ANSI',
  'spark.sql.files.ignoreCorruptFiles': 'false',
  'spark.sql.files.ignoreMissingFiles': 'false',
  // A line with more or fewer columns than the header is only noticed where all of them are read.
  'spark.sql.csv.parser.columnPruning.enabled': 'false',
  'spark.speculation': 'false',
} as const;

function ofThisMachine(folder: string): Record<string, string> {
  return {
    'spark.local.dir': folder,
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.driver.host': '127.0.0.1',
    // Hundreds of parts of little would cost more than the work in them.
    'spark.sql.shuffle.partitions': String(2 * availableParallelism()),
  };
}

function catalogOf(databaseUrl: string): Record<string, string> {
  const { url, ...who } = jdbcOf(databaseUrl);
  const catalog = `spark.sql.catalog.${catalogName}`;
  return {
    [catalog]: 'org.apache.spark.sql.execution.datasources.v2.jdbc.JDBCTableCatalog',
    [`${catalog}.driver`]: 'org.postgresql.Driver',
    [`${catalog}.url`]: url,
    ...Object.fromEntries(Object.entries(who).map(([name, value]) => [`${catalog}.${name}`, value])),
  };
}

/** A value as Java reads it back from a properties file, whatever characters it has. */
function escaped(value: string): string {
  return value.replace(/[\\\s]|[^\x20-\x7e]/g, (character) =>
    character === '\\'
      ? '\\\\'
      : Array.from({ length: character.length }, (_, place) => codeOf(character, place)).join(''),
  );
}

function codeOf(text: string, place: number): string {
  return `\\u${text.charCodeAt(place).toString(16).padStart(4, '0')}`;
}

/** Parameters of a PostgreSQL URL that mean the same to the JDBC driver. */
const sharedParameters = ['sslrootcert', 'sslcert', 'sslkey', 'options'] as const;

/**
 * A PostgreSQL URL as the JDBC driver wants it, user and password apart. Certificates are checked as strictly as our own
 * connections check them. Throws BAD_INPUT for a URL that leads to a socket on the file system, which Java cannot open.
 */
function jdbcOf(databaseUrl: string): {
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
} {
  const url = new URL(databaseUrl);
  if (url.hostname === '' || url.searchParams.get('host')?.startsWith('/')) {
    throw new FlywheelError(
      'BAD_INPUT',
      'DATABASE_URL leads to a socket on the file system, which Spark cannot open; name the host and port of PostgreSQL.',
    );
  }
  const parameters = new URLSearchParams({ ApplicationName: 'flywheel spark' });
  for (const name of sharedParameters) {
    const value = url.searchParams.get(name);
    if (value !== null) parameters.set(name, value);
  }
  const sslMode = sslModeOf(url.searchParams);
  if (sslMode !== null) parameters.set('sslmode', sslMode);
  if (sslMode === 'verify-full' && !parameters.has('sslrootcert')) {
    parameters.set('sslfactory', 'org.postgresql.ssl.DefaultJavaSSLFactory');
  }
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return {
    // The driver reads a plus as a space.
    url: `jdbc:postgresql://${url.host}${url.pathname.replaceAll('+', '%2B')}?${parameters}`,
    ...(user === '' ? {} : { user }),
    ...(password === '' ? {} : { password }),
  };
}

/** Our own client checks certificates in every mode but `disable` and `no-verify`; the JDBC driver only in those that say so. */
function sslModeOf(parameters: URLSearchParams): string | null {
  const mode = parameters.get('sslmode');
  if (mode === null || mode === 'disable' || parameters.get('uselibpqcompat') === 'true') return mode;
  return mode === 'no-verify' ? 'require' : 'verify-full';
}
