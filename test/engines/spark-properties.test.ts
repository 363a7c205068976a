// What Spark finds in its properties file: the warehouse as the JDBC driver reads it, and no way around what is declared.

import { describe, expect, it } from 'vitest';
import { propertiesText } from '../../src/engines/spark/properties.js';

/** The properties, as Java reads them back. */
function propertiesFor(databaseUrl: string, settings: Readonly<Record<string, string>> = {}) {
  const text = propertiesText({
    master: 'spark://host:7077',
    title: 'a trial',
    folder: '/a folder',
    databaseUrl,
    settings,
  });
  expect(text.endsWith('\n')).toBe(true);
  const pairs = text
    .trimEnd()
    .split('\n')
    .map((line): [string, string] => {
      const place = line.indexOf('=');
      const value = line
        .slice(place + 1)
        .replace(/\\u([0-9a-f]{4})|\\\\/g, (_, code?: string) =>
          code === undefined ? '\\' : String.fromCharCode(Number.parseInt(code, 16)),
        );
      return [line.slice(0, place), value];
    });
  return Object.fromEntries(pairs);
}

const of = (name: string) => `spark.sql.catalog.pg.${name}`;

describe('the properties of a program on Spark', () => {
  it('hold user and password as they are, and neither in the address', () => {
    const password = ' p=ä\\#!\n:\u{1f511}$" {x}"\' ';
    const read = propertiesFor(
      `postgresql://o%40ps:${encodeURIComponent(password)}@db.example.com:5433/a+b%20c`,
    );
    expect(read[of('password')]).toBe(password);
    expect(read[of('user')]).toBe('o@ps');
    // As the driver decodes it, in which a plus would be a space.
    expect(read[of('url')]).toBe(
      'jdbc:postgresql://db.example.com:5433/a%2Bb%20c?ApplicationName=flywheel+spark',
    );
  });

  it.each([
    ['require', 'verify-full'],
    ['disable', 'disable'],
    ['no-verify', 'require'],
  ])('check certificates with sslmode=%s as our own connections do: %s', (ours, theirs) => {
    const read = propertiesFor(`postgresql://a@db/shop?sslmode=${ours}`);
    expect(new URL(`http:${read[of('url')]?.slice(16)}`).searchParams.get('sslmode')).toBe(theirs);
  });

  it('go before what an installation sets for all its programs where answers would differ', () => {
    expect(propertiesFor('postgresql://a@db/shop')).toMatchObject({
      'spark.sql.ansi.enabled': 'true',
      'spark.sql.session.timeZone': 'UTC',
      'spark.sql.storeAssignmentPolicy': 'ANSI',
      'spark.sql.parser.escapedStringLiterals': 'false',
      'spark.sql.files.ignoreMissingFiles': 'false',
    });
  });

  it('refuse a socket on the file system', () => {
    expect(() => propertiesFor('postgresql:///shop?host=/run/postgresql')).toThrow('name the host and port');
  });
});
