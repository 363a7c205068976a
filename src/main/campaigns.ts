// Campaigns that look for customers by themselves, run by the pipeline role under a lease.

import { systemClock } from '../core/clock.js';
import { pause } from '../core/pause.js';
import { runDueCampaigns } from '../flywheel/campaigns/campaigns.js';
import type { RunDeps } from '../flywheel/campaigns/run-campaign.js';
import type { Database } from '../warehouse/database.js';
import { startDuty } from './duty.js';
import type { Foundations } from './foundations.js';
import type { Streams } from './streams.js';

/** They are due after a minute at the soonest. */
const lookEveryMs = 2_000;

/** What runs of campaigns need, whoever starts them. */
export function campaignDeps(
  { config }: Pick<Foundations, 'config'>,
  { decoders }: Pick<Streams, 'decoders'>,
  database: Database,
): RunDeps {
  return {
    database,
    inputTopics: [...decoders.keys()],
    decisionsTopic: config.topics.decisions,
    wallMs: () => systemClock.nowMs(),
  };
}

export async function startCampaigns(
  foundations: Foundations,
  streams: Streams,
  database: Database,
): Promise<void> {
  const deps = campaignDeps(foundations, streams, database);
  await startDuty(foundations, streams.leases, {
    name: 'campaigns',
    complaint: 'campaigns that are due run later',
    work: async (lease, signal) => {
      while (!signal.aborted) {
        for (const { campaign, counts } of await runDueCampaigns(deps, lease, signal))
          foundations.log.info({ campaign, ...Object.fromEntries(counts) }, 'a campaign has decided');
        await pause(lookEveryMs, signal);
      }
    },
  });
}
