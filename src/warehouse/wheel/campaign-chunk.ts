// The customers of a campaign, some at a time, and what is decided for them: written with the decisions or not at all.

import { sql } from 'kysely';
import type { Database } from '../database.js';
import type { OutboxEntry } from '../outbox.js';
import { publish } from '../outbox.js';
import type { Session } from '../session.js';
import { type CampaignRecord, type CampaignTerms, campaignColumns } from './campaigns.js';
import { rowsOf } from './rows-of.js';

/** A customer of the segment. */
export interface CampaignCustomer {
  readonly id: number;
  readonly code: string;
  /** Whether this campaign decided for the customer before. */
  readonly isDecided: boolean;
  /** Whether the customer got an offer of any campaign too lately for another one. */
  readonly isCapped: boolean;
}

/** Any number that no other program is likely to lock. */
const campaignsTurn = 7_302_118_846n;

/**
 * Waits for whoever decides for any campaign, and holds off others until the transaction ends, since all of them count
 * what a customer got. The campaign as it stands then; undefined where there is none. Whoever stops it waits, too.
 */
export async function lockCampaign(session: Session, name: string): Promise<CampaignRecord | undefined> {
  await session.run(sql`SELECT pg_advisory_xact_lock(${campaignsTurn})`);
  const [row] = await session.rows(
    sql<CampaignRecord>`SELECT ${campaignColumns} FROM campaign WHERE name = ${name} FOR UPDATE`,
  );
  return row;
}

type Asked = Pick<CampaignTerms, 'name' | 'segment' | 'everyDays'>;

/** The next customers after a code (empty begins) in the order of their codes, by the clock of the log. */
const customersAfter = (
  { name, segment, everyDays }: Asked,
  after: string,
  most: number,
  nowMs: number,
) => sql<CampaignCustomer>`
  SELECT customer.id, customer.code,
    EXISTS (SELECT FROM fact_decision AS decision WHERE decision.customer_id = customer.id
      AND decision.kind = 'CAMPAIGN' AND decision.cause = ${causeOf(name)})
    OR EXISTS (SELECT FROM campaign_offer AS offer WHERE offer.customer_id = customer.id
      AND offer.campaign = ${name}) AS "isDecided",
    EXISTS (SELECT FROM fact_decision AS decision WHERE decision.customer_id = customer.id
      AND decision.kind = 'CAMPAIGN' AND decision.arm IS DISTINCT FROM 'HOLDOUT' AND decision.decided_at > since.at)
    OR EXISTS (SELECT FROM campaign_offer AS offer WHERE offer.customer_id = customer.id
      AND NOT offer.is_held_out AND offer.decided_at > since.at) AS "isCapped"
  FROM dim_customer AS customer,
    (SELECT ${new Date(nowMs)}::timestamptz - ${everyDays} * interval '1 day' AS at) AS since
  WHERE customer.segment = ${segment}::segment_name AND customer.code > ${after}
  ORDER BY customer.code LIMIT ${most}`;

/** What the decisions of a campaign say made them. */
export function causeOf(name: string): string {
  return `campaign:${name}`;
}

/** UNAVAILABLE or TIMEOUT when the database is away. */
export function readCampaignCustomers(
  database: Pick<Database, 'kysely'>,
  ...asked: Parameters<typeof customersAfter>
): Promise<readonly CampaignCustomer[]> {
  return rowsOf(database, customersAfter(...asked));
}

/** The same as the caller's transaction sees it. */
export function readCustomersOfChunk(
  session: Session,
  ...asked: Parameters<typeof customersAfter>
): Promise<readonly CampaignCustomer[]> {
  return session.rows(customersAfter(...asked));
}

/** A decision of a campaign, ready for the log. */
export interface ChunkDecision {
  readonly decisionId: string;
  readonly customerId: number;
  readonly isHeldOut: boolean;
  /** What the offer may cost, in ten-thousandths of the currency. */
  readonly costParts: number;
  readonly record: OutboxEntry;
}

/** Counts the decisions of a campaign and hands them to the outbox, in the caller's transaction. */
export async function writeChunk(
  session: Session,
  name: string,
  decisions: readonly ChunkDecision[],
  nowMs: number,
): Promise<void> {
  if (decisions.length === 0) return;
  const offered = decisions.filter(({ isHeldOut }) => !isHeldOut);
  const spentParts = offered.reduce((sum, { costParts }) => sum + costParts, 0);
  await session.run(sql`
    UPDATE campaign SET offers_made = offers_made + ${offered.length}::integer,
      held_out = held_out + ${decisions.length - offered.length}::integer, spent = spent + ${spentParts}::numeric / 10000
    WHERE name = ${name}`);
  await session.run(sql`
    INSERT INTO campaign_offer (decision_id, campaign, customer_id, is_held_out, decided_at)
    SELECT id, ${name}, customer_id, is_held_out, ${new Date(nowMs)}
    FROM unnest(
      ${decisions.map(({ decisionId }) => decisionId)}::text[],
      ${decisions.map(({ customerId }) => customerId)}::integer[],
      ${decisions.map(({ isHeldOut }) => isHeldOut)}::boolean[]
    ) AS given (id, customer_id, is_held_out)
    ON CONFLICT DO NOTHING`);
  await publish(
    session,
    decisions.map(({ record }) => record),
  );
}

/** Forgets what is on its way no more, because it is in the warehouse. */
export async function dropStoredOffers(session: Session): Promise<void> {
  await session.run(sql`
    DELETE FROM campaign_offer AS offer USING fact_decision AS decision WHERE decision.id = offer.decision_id`);
}
