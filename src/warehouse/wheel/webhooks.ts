// The webhooks that operators have registered: the table `webhook`, with how many deliveries wait or were given up.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import { rowsOf } from './rows-of.js';

type Connections = Pick<Database, 'kysely'>;

export interface WebhookRow {
  readonly id: string;
  readonly url: string;
  /** The kinds of decisions that it wants; empty for all. */
  readonly kinds: readonly string[];
  readonly createdAt: Date;
  readonly deliveredAt: Date | null;
  readonly waiting: number;
  readonly dead: number;
}

export interface NewWebhook {
  readonly url: string;
  readonly kinds: readonly string[];
  readonly secret: string;
}

/** An array of an enumeration would come as text that pg does not take apart. */
const asRow = sql`webhook.id, url, kinds::text[] AS kinds, created_at AS "createdAt", delivered_at AS "deliveredAt",
  (SELECT count(*)::int FROM webhook_delivery
    WHERE webhook_id = webhook.id AND due_at IS NOT NULL) AS waiting,
  (SELECT count(*)::int FROM webhook_delivery WHERE webhook_id = webhook.id AND due_at IS NULL) AS dead`;

const isOf = (id: string) => sql`webhook.id = ${id}::uuid`;

/** Adds one where there are fewer than so many; undefined where there are not. */
export async function addWebhookRow(
  database: Connections,
  { url, kinds, secret }: NewWebhook,
  most: number,
): Promise<WebhookRow | undefined> {
  const [added] = await rowsOf(
    database,
    sql<WebhookRow>`
      INSERT INTO webhook (url, kinds, secrets)
      SELECT ${url}, ${kinds}::text[]::decision_kind[], ARRAY[${secret}]::text[]
      WHERE (SELECT count(*) FROM webhook) < ${most}::int RETURNING ${asRow}`,
  );
  return added;
}

/** All of them, the oldest first. */
export async function readWebhookRows(database: Connections): Promise<readonly WebhookRow[]> {
  return rowsOf(database, sql<WebhookRow>`SELECT ${asRow} FROM webhook ORDER BY created_at, webhook.id`);
}

/** One of them; undefined where there is no such webhook. */
export async function readWebhookRow(database: Connections, id: string): Promise<WebhookRow | undefined> {
  const [row] = await rowsOf(database, sql<WebhookRow>`SELECT ${asRow} FROM webhook WHERE ${isOf(id)}`);
  return row;
}

/** Removes one and all that was on its way to it; what it was, or undefined where there is none. */
export async function removeWebhookRow(database: Connections, id: string): Promise<WebhookRow | undefined> {
  const [removed] = await rowsOf(
    database,
    sql<WebhookRow>`DELETE FROM webhook WHERE ${isOf(id)} RETURNING ${asRow}`,
  );
  return removed;
}

/** Signs with a new secret and with the newest that there was; undefined where there is no such webhook. */
export async function rotateSecret(
  database: Connections,
  id: string,
  secret: string,
): Promise<WebhookRow | undefined> {
  const [rotated] = await rowsOf(
    database,
    sql<WebhookRow>`UPDATE webhook SET secrets = ARRAY[${secret}, secrets[1]]::text[]
      WHERE ${isOf(id)} RETURNING ${asRow}`,
  );
  return rotated;
}

/** Notes that it has just answered with success. */
export async function noteDelivered(database: Connections, id: string): Promise<void> {
  await rowsOf(database, sql`UPDATE webhook SET delivered_at = now() WHERE ${isOf(id)}`);
}
