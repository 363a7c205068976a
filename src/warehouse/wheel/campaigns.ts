// Campaigns as they are kept: their terms, whether they run, and what they have given so far.

import { sql } from 'kysely';
import type { SegmentName } from '../../../prisma/generated/client/client.js';
import type { Database } from '../database.js';
import { rowsOf } from './rows-of.js';

/** What a campaign goes by. Money is in the currency of the sales, to four decimals. */
export interface CampaignTerms {
  readonly name: string;
  readonly segment: SegmentName;
  readonly offers: readonly string[];
  /** What each offer is taken to cost, in their order. */
  readonly costs: readonly number[];
  /** After how many days a customer may get another offer of any campaign. */
  readonly everyDays: number;
  readonly offersMax: number | null;
  readonly budget: number | null;
  /** The share of customers who get nothing, for comparison. */
  readonly holdoutShare: number;
  /** The hours of day (UTC) in which it may send. */
  readonly hours: readonly number[];
  /** How often it looks for customers by itself; null for only when it is run. */
  readonly everyMs: number | null;
}

export interface CampaignRecord extends CampaignTerms {
  readonly state: 'running' | 'stopped';
  readonly createdAt: Date;
  /** By the clock of the log. */
  readonly ranAt: Date | null;
  readonly offersMade: number;
  readonly heldOut: number;
  readonly spent: number;
}

type Reads = Pick<Database, 'kysely'>;

export const campaignColumns = sql`name, segment, offers, costs::float8[] AS costs, every_days AS "everyDays",
  offers_max AS "offersMax", budget::float8, holdout_share AS "holdoutShare", hours, every_ms::float8 AS "everyMs",
  state, created_at AS "createdAt", ran_at AS "ranAt", offers_made AS "offersMade", held_out AS "heldOut",
  spent::float8`;

/** All of them, oldest first. UNAVAILABLE or TIMEOUT when the database is away; so do the others of this file. */
export function readCampaigns(database: Reads): Promise<readonly CampaignRecord[]> {
  return rowsOf(
    database,
    sql<CampaignRecord>`SELECT ${campaignColumns} FROM campaign ORDER BY created_at, name`,
  );
}

export async function readCampaign(database: Reads, name: string): Promise<CampaignRecord | undefined> {
  const [row] = await rowsOf(
    database,
    sql<CampaignRecord>`SELECT ${campaignColumns} FROM campaign WHERE name = ${name}`,
  );
  return row;
}

/** Undefined where there is one of this name already. */
export async function insertCampaign(
  database: Reads,
  terms: CampaignTerms,
): Promise<CampaignRecord | undefined> {
  const { name, segment, offers, costs, everyDays, offersMax, budget, holdoutShare, hours, everyMs } = terms;
  const [row] = await rowsOf(
    database,
    sql<CampaignRecord>`
      INSERT INTO campaign (name, segment, offers, costs, every_days, offers_max, budget, holdout_share, hours, every_ms)
      VALUES (${name}, ${segment}::segment_name, ${[...offers]}::text[], ${[...costs]}::numeric[], ${everyDays}, ${offersMax},
        ${budget}, ${holdoutShare}, ${[...hours]}::integer[], ${everyMs})
      ON CONFLICT (name) DO NOTHING RETURNING ${campaignColumns}`,
  );
  return row;
}

/** Stops it or lets it go on, once what it decides at this moment is done; undefined where there is none. */
export async function writeCampaignState(
  database: Reads,
  name: string,
  state: CampaignRecord['state'],
): Promise<CampaignRecord | undefined> {
  const [row] = await rowsOf(
    database,
    sql<CampaignRecord>`UPDATE campaign SET state = ${state} WHERE name = ${name} RETURNING ${campaignColumns}`,
  );
  return row;
}

/** The names of those that are to look for customers by themselves at this moment of the log's clock. */
export async function readDueCampaigns(database: Reads, nowMs: number): Promise<readonly string[]> {
  const rows = await rowsOf(
    database,
    sql<{ name: string }>`
      SELECT name FROM campaign WHERE state = 'running' AND every_ms IS NOT NULL
        AND (ran_at IS NULL OR ran_at + every_ms * interval '1 millisecond' <= ${new Date(nowMs)})
      ORDER BY created_at, name`,
  );
  return rows.map(({ name }) => name);
}

/** Notes that it has looked at all of its customers. */
export async function writeCampaignRun(database: Reads, name: string, nowMs: number): Promise<void> {
  await rowsOf(database, sql`UPDATE campaign SET ran_at = ${new Date(nowMs)} WHERE name = ${name}`);
}

/** How the offers to a segment were answered, over all of its campaigns. */
export interface ChoiceTally {
  readonly policy: string;
  readonly shown: number;
  readonly answered: number;
}

/**
 * By choice: the offers that were shown to customers of the segment and whose time is over, and those of them after which
 * the customer bought something in time.
 */
export function readChoiceTallies(
  database: Reads,
  segment: SegmentName,
  choices: readonly string[],
): Promise<readonly ChoiceTally[]> {
  return rowsOf(
    database,
    sql<ChoiceTally>`
      SELECT slot.choice AS policy, count(*)::float8 AS shown,
        (count(*) FILTER (WHERE slot.bought_at <= slot.closes_at))::float8 AS answered
      FROM campaign JOIN fact_decision AS decision ON decision.kind = 'CAMPAIGN'
        AND decision.cause = 'campaign:' || campaign.name
      JOIN fact_decision_slot AS slot ON slot.decision_id = decision.id
      WHERE campaign.segment = ${segment}::segment_name AND slot.choice = ANY(${[...choices]}::text[])
        AND slot.shown_at IS NOT NULL AND slot.lesson IS NOT NULL
      GROUP BY slot.choice`,
  );
}
