// Reads a page of a partition: bounded by records and by bytes.

import pg from 'pg';
import type { LogRecord } from './event-log.js';

/** Values of one page together; a record that is larger makes a page by itself. */
const pageBytesMax = 4 * 1024 * 1024;

const pageRecordsMax = 5_000;

/**
 * Places follow commits and have no gaps, so whatever stands at the wanted place and behind it is all there is up to
 * the last record of the page.
 */
const selectPage = `
  SELECT place, key, value, headers, appended_at
  FROM (
    SELECT place, key, value, headers, appended_at,
      sum(coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0) + coalesce(octet_length(headers), 0) + 64)
        OVER (ORDER BY place) AS bytes
    FROM log_entry
    WHERE topic_id = $1::uuid AND partition = $2::int AND place >= $3::bigint
    ORDER BY place
    LIMIT $4::int
  ) page
  WHERE bytes <= $5::bigint OR place = $3::bigint
  ORDER BY place`;

type PageRow = [place: string, key: string | null, value: string | null, headers: string | null, at: string];

/** Texts come as they are: what they mean is known here. */
const asText = { getTypeParser: () => (text: string) => text };

const parseTime = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ);

function bytesOf(hex: string | null): Buffer | null {
  return hex === null ? null : Buffer.from(hex.slice(2), 'hex');
}

const noHeaders: Readonly<Record<string, Buffer>> = Object.freeze({});

function headersOf(text: string | null): Readonly<Record<string, Buffer>> {
  if (text === null) return noHeaders;
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null) return noHeaders;
  return Object.fromEntries(
    Object.entries(parsed).map(([name, value]) => [name, Buffer.from(String(value), 'base64')]),
  );
}

/**
 * The records from a place on, in their order; empty when there is none. A first record that stands at a later place
 * says that what was before it is kept no more. Errors come as pg throws them.
 */
export async function readPage(
  pool: pg.Pool,
  { topicId, partition }: { readonly topicId: string; readonly partition: number },
  from: bigint,
  recordsMax: number,
): Promise<LogRecord[]> {
  const { rows } = await pool.query<PageRow>({
    text: selectPage,
    values: [topicId, partition, from.toString(), Math.min(recordsMax, pageRecordsMax), pageBytesMax],
    rowMode: 'array',
    types: asText,
  });
  // The records of one append share their time.
  let lastText = '';
  let lastMs = 0;
  const timeMs = (text: string) => {
    if (text !== lastText) {
      lastText = text;
      lastMs = Number(parseTime(text));
    }
    return lastMs;
  };
  return rows.map(([place, key, value, headers, at]) => ({
    offset: BigInt(place),
    key: bytesOf(key),
    value: bytesOf(value),
    headers: headersOf(headers),
    appendedAtMs: timeMs(at),
  }));
}
