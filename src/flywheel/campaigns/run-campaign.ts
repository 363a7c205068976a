// One run of a campaign: all customers of its segment, some at a time, each decided for at most once.

import type { Lease } from '../../core/lease.js';
import { recordOf } from '../../events/decision.js';
import type { Database } from '../../warehouse/database.js';
import { assertLease } from '../../warehouse/lease-fence.js';
import { inTransaction } from '../../warehouse/transaction.js';
import {
  dropStoredOffers,
  lockCampaign,
  readCampaignCustomers,
  readCustomersOfChunk,
  writeChunk,
} from '../../warehouse/wheel/campaign-chunk.js';
import {
  type CampaignRecord,
  type CampaignTerms,
  readChoiceTallies,
  writeCampaignRun,
} from '../../warehouse/wheel/campaigns.js';
import { isOff, readWorld, type World } from '../../warehouse/wheel/world.js';
import { amountOf, armsOf, partsOf, type WeighedArm, weighArms } from './campaign-arms.js';
import { campaignDecision } from './campaign-decision.js';
import { type Given, type Pause, type PlannedCustomer, planChunk, type Verdict } from './plan-chunk.js';

export interface RunDeps {
  readonly database: Pick<Database, 'pool' | 'kysely'>;
  /** The topics that bring events, and the one that decisions go to. */
  readonly inputTopics: readonly string[];
  readonly decisionsTopic: string;
  /** For a shop in which nothing has happened yet. */
  readonly wallMs: () => number;
  /** How many customers are decided for in one transaction. */
  readonly chunkSize?: number;
}

export interface RunOptions {
  /** Nothing is decided once somebody else holds it. */
  readonly lease?: Pick<Lease, 'name' | 'number'>;
  /** How many customers are told of. */
  readonly toldMax: number;
  readonly signal?: AbortSignal;
}

export interface CampaignRun {
  readonly campaign: string;
  /** How many customers were looked at. */
  readonly customers: number;
  /** How many there were of each verdict; without those that there were none of. */
  readonly counts: ReadonlyMap<Verdict, number>;
  /** The first of them, in the order of their codes. */
  readonly told: readonly PlannedCustomer[];
  /** What the offers of this run may cost. */
  readonly cost: number;
  /** What kept the run from going on to its end; null where it came to it. */
  readonly endedBy: Pause | null;
}

const usualChunk = 500;

/**
 * Decides for all customers of the segment. Each chunk is one transaction that counts, and hands its decisions to the
 * outbox: wherever the process dies, a run after it goes on with the others. It ends with the chunk before the campaign
 * was stopped, campaigns were switched off, or an hour began that is quiet by the clock of the log. Rejects with
 * UNAVAILABLE or TIMEOUT when the database is away, and with LeaseLost.
 */
export async function runCampaign(
  deps: RunDeps,
  campaign: CampaignRecord,
  { lease, toldMax, signal }: RunOptions,
): Promise<CampaignRun> {
  const { database, chunkSize = usualChunk } = deps;
  const arms = await armsOfCampaign(deps, campaign);
  const tally = createRunTally(campaign.name, toldMax);
  let beganMs: number | undefined;
  let after = '';
  for (let isMore = true; isMore && signal?.aborted !== true; ) {
    // Looked at before each chunk, since a long run may come to an hour that is quiet.
    const world = await readWorld(database, deps.inputTopics);
    const nowMs = world.watermarkMs ?? deps.wallMs();
    beganMs ??= nowMs;
    const { planned, pause } = await inTransaction(database, async (session) => {
      if (lease !== undefined) await assertLease(session, lease);
      const locked = await lockCampaign(session, campaign.name);
      const isSwitchedOff = await isOff(session, 'CAMPAIGN');
      if (after === '') await dropStoredOffers(session);
      const pause = pauseOf(locked ?? { ...campaign, state: 'stopped' }, isSwitchedOff, nowMs);
      const customers = await readCustomersOfChunk(session, campaign, after, chunkSize, nowMs);
      const { planned } = planChunk(campaign, arms, customers, givenOf(locked ?? campaign), pause);
      await writeChunk(session, campaign.name, decisionsOf(deps, campaign, planned, world, nowMs), nowMs);
      return { planned, pause };
    });
    tally.add(planned);
    after = planned.at(-1)?.customer.code ?? after;
    isMore = planned.length === chunkSize && pause === null;
    if (pause !== null) return tally.run(pause);
  }
  if (signal?.aborted !== true && beganMs !== undefined)
    await writeCampaignRun(database, campaign.name, beganMs);
  return tally.run(null);
}

/** What a run would do at this moment; nothing is written. */
export async function tryCampaign(
  deps: RunDeps,
  campaign: CampaignTerms & Pick<CampaignRecord, 'state' | 'offersMade' | 'spent'>,
  { toldMax, signal }: Pick<RunOptions, 'toldMax' | 'signal'>,
): Promise<CampaignRun> {
  const { database, chunkSize = usualChunk } = deps;
  const world = await readWorld(database, deps.inputTopics);
  const nowMs = world.watermarkMs ?? deps.wallMs();
  const pause = pauseOf(campaign, world.off.has('CAMPAIGN'), nowMs);
  const arms = await armsOfCampaign(deps, campaign);
  const tally = createRunTally(campaign.name, toldMax);
  let after = '';
  let given = givenOf(campaign);
  for (let isMore = true; isMore && signal?.aborted !== true; ) {
    const customers = await readCampaignCustomers(database, campaign, after, chunkSize, nowMs);
    const plan = planChunk(campaign, arms, customers, given, pause);
    given = plan.given;
    tally.add(plan.planned);
    after = customers.at(-1)?.code ?? after;
    isMore = customers.length === chunkSize;
  }
  return tally.run(pause);
}

async function armsOfCampaign(
  { database }: RunDeps,
  campaign: CampaignTerms,
): Promise<readonly WeighedArm[]> {
  const arms = armsOf(campaign);
  const choices = arms.map(({ choice }) => choice);
  return weighArms(arms, await readChoiceTallies(database, campaign.segment, choices));
}

function givenOf({ offersMade, spent }: Pick<CampaignRecord, 'offersMade' | 'spent'>): Given {
  return { offersMade, spentParts: partsOf(spent) };
}

function pauseOf(
  { state, hours }: Pick<CampaignRecord, 'state' | 'hours'>,
  isSwitchedOff: boolean,
  nowMs: number,
): Pause | null {
  if (isSwitchedOff) return 'SWITCHED_OFF';
  if (state === 'stopped') return 'STOPPED';
  return isQuiet({ hours }, nowMs) ? 'QUIET' : null;
}

/** Whether nothing may be decided in the hour of that moment. */
export function isQuiet({ hours }: Pick<CampaignTerms, 'hours'>, nowMs: number): boolean {
  return !hours.includes(new Date(nowMs).getUTCHours());
}

function decisionsOf(
  { decisionsTopic }: RunDeps,
  campaign: CampaignRecord,
  planned: readonly PlannedCustomer[],
  world: World,
  nowMs: number,
) {
  return planned
    .filter(({ verdict }) => verdict === 'OFFER' || verdict === 'HELD_OUT')
    .map(({ customer, offer }) => {
      const decision = campaignDecision({ campaign, customer: customer.code, offer }, world, nowMs);
      return {
        decisionId: decision.id,
        customerId: customer.id,
        isHeldOut: offer === null,
        costParts: offer?.arm.costParts ?? 0,
        record: { topic: decisionsTopic, ...recordOf(decision) },
      };
    });
}

function createRunTally(campaign: string, toldMax: number) {
  const counts = new Map<Verdict, number>();
  const told: PlannedCustomer[] = [];
  let customers = 0;
  let costParts = 0;
  return {
    add(planned: readonly PlannedCustomer[]) {
      customers += planned.length;
      told.push(...planned.slice(0, toldMax - told.length));
      for (const { verdict, offer } of planned) {
        counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
        costParts += offer?.arm.costParts ?? 0;
      }
    },
    run: (endedBy: Pause | null): CampaignRun => ({
      campaign,
      customers,
      counts,
      told,
      cost: amountOf(costParts),
      endedBy,
    }),
  };
}
