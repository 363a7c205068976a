// Campaigns for whoever runs a shop: made, tried, run, stopped; and those run that are due.

import { FlywheelError } from '../../core/errors.js';
import type { Lease } from '../../core/lease.js';
import type { SegmentName } from '../../services/segmentation/contract.js';
import { LeaseLost } from '../../warehouse/lease-fence.js';
import {
  type CampaignRecord,
  type CampaignTerms,
  insertCampaign,
  readCampaign,
  readCampaigns,
  readDueCampaigns,
  writeCampaignState,
} from '../../warehouse/wheel/campaigns.js';
import { readWorld } from '../../warehouse/wheel/world.js';
import { type CampaignLift, liftOfCampaign } from './campaign-lift.js';
import { type AskedTerms, kept, termsOf } from './campaign-terms.js';
import { type CampaignRun, isQuiet, type RunDeps, runCampaign, tryCampaign } from './run-campaign.js';

/** What somebody says who runs a campaign: all of it for a new one, or the name of one that is there. */
export interface AskedRun extends Omit<AskedTerms, 'name' | 'segment' | 'offers'> {
  readonly name?: string | null | undefined;
  readonly segment?: SegmentName | null | undefined;
  readonly offers?: readonly string[] | null | undefined;
}

export interface RunLimits {
  readonly dryRun: boolean;
  readonly toldMax: number;
  readonly signal?: AbortSignal;
}

export interface Campaigns {
  list(): Promise<readonly CampaignRecord[]>;
  /** BAD_INPUT for terms that cannot be, and for a name that is taken. */
  create(asked: AskedTerms): Promise<CampaignRecord>;
  /**
   * Runs the campaign of that name, which is made first where there is none; a dry run makes and decides nothing.
   * BAD_INPUT where the campaign that is there has other terms than are asked for.
   */
  run(asked: AskedRun, limits: RunLimits): Promise<CampaignRun>;
  /** Nothing is decided once it has resolved. NOT_FOUND without such a campaign. */
  stop(name: string): Promise<CampaignRecord>;
  start(name: string): Promise<CampaignRecord>;
  /** What the offers changed, within so many days (1 to 365; BAD_INPUT otherwise) after the decision. */
  lift(name: string, days: number): Promise<CampaignLift>;
}

export function createCampaigns(deps: RunDeps): Campaigns {
  const { database } = deps;

  async function setState(name: string, state: CampaignRecord['state']): Promise<CampaignRecord> {
    const campaign = await writeCampaignState(database, name, state);
    if (campaign === undefined) throw unknownCampaign(name);
    return campaign;
  }

  return {
    list: () => readCampaigns(database),
    async create(asked) {
      const made = await insertCampaign(database, termsOf(asked));
      if (made !== undefined) return made;
      throw new FlywheelError(
        'BAD_INPUT',
        `There is a campaign "${asked.name}" already; run it, or give another name.`,
      );
    },
    async run(asked, { dryRun, toldMax, signal }) {
      const options = { toldMax, ...(signal === undefined ? {} : { signal }) };
      const name = asked.name ?? [asked.segment ?? '', ...(asked.offers ?? [])].join(' ').trim();
      const known = await readCampaign(database, name);
      if (known !== undefined) checkSame(known, asked);
      if (dryRun) {
        const fresh = { state: 'running', offersMade: 0, spent: 0 } as const;
        return tryCampaign(deps, known ?? { ...termsOf(newTerms(name, asked)), ...fresh }, options);
      }
      const campaign = known ?? (await insertCampaign(database, termsOf(newTerms(name, asked))));
      // Somebody else made it at this moment.
      if (campaign === undefined) return this.run(asked, { dryRun, ...options });
      return runCampaign(deps, campaign, options);
    },
    stop: (name) => setState(name, 'stopped'),
    start: (name) => setState(name, 'running'),
    lift: (name, days) => liftOfCampaign(database, name, days),
  };
}

/**
 * Runs the campaigns that are due by the clock of the log, one after another; resolves to those runs in which something
 * was decided. Those that are kept from deciding, as in quiet hours, stay due; so does one that fails, which keeps no other
 * from its turn: what it failed with is rejected with when all had theirs.
 */
export async function runDueCampaigns(
  deps: RunDeps,
  lease: Pick<Lease, 'name' | 'number'>,
  signal: AbortSignal,
): Promise<readonly CampaignRun[]> {
  const { database, inputTopics, wallMs } = deps;
  const { off, watermarkMs } = await readWorld(database, inputTopics);
  if (off.has('CAMPAIGN')) return [];
  const nowMs = watermarkMs ?? wallMs();
  const runs: CampaignRun[] = [];
  const failures: unknown[] = [];
  for (const name of await readDueCampaigns(database, nowMs)) {
    const campaign = await readCampaign(database, name);
    // All night long they are due: nothing is worked out for them before the morning.
    if (campaign === undefined || isQuiet(campaign, nowMs) || signal.aborted) continue;
    try {
      const run = await runCampaign(deps, campaign, { lease, signal, toldMax: 0 });
      if (run.counts.has('OFFER') || run.counts.has('HELD_OUT')) runs.push(run);
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return runs;
}

function newTerms(name: string, { segment, offers, ...rest }: AskedRun): AskedTerms {
  if (segment == null || offers == null) throw unknownCampaign(name);
  return { ...rest, name, segment, offers };
}

function unknownCampaign(name: string): FlywheelError {
  return new FlywheelError(
    'NOT_FOUND',
    `There is no campaign "${name}"; \`campaigns\` lists those that there are. Give a segment and offers to make one.`,
  );
}

const termNames = [
  'segment',
  'offers',
  'costs',
  'everyDays',
  'offersMax',
  'budget',
  'holdoutShare',
  'hours',
  'everyMs',
] as const satisfies readonly (keyof CampaignTerms)[];

function checkSame(known: CampaignRecord, asked: AskedRun): void {
  const hours = asked.hours == null ? null : [...asked.hours].sort((a, b) => a - b);
  const costs = asked.costs?.map(kept);
  const budget = asked.budget == null ? null : kept(asked.budget);
  const wanted = { ...asked, hours, costs, budget };
  const other = termNames.find(
    (term) => wanted[term] != null && JSON.stringify(wanted[term]) !== JSON.stringify(known[term]),
  );
  if (other === undefined) return;
  throw new FlywheelError(
    'BAD_INPUT',
    `The campaign "${known.name}" goes by other terms (\`${other}\`); give another name for these, or the name alone to run it.`,
  );
}
