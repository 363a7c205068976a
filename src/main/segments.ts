// The segment of every customer in the warehouse, kept by the pipeline role.

import { keepSegments } from '../services/segmentation/keep-segments.js';
import type { Database } from '../warehouse/database.js';
import { startDuty } from './duty.js';
import type { Foundations } from './foundations.js';
import type { ServicesStarter } from './services.js';
import type { Streams } from './streams.js';

export async function startKeepingSegments(
  foundations: Foundations,
  { leases }: Streams,
  database: Database,
  { models: registry, startSegmentation }: ServicesStarter,
): Promise<void> {
  const { log } = foundations;
  const segmentation = await startSegmentation();
  await startDuty(foundations, leases, {
    name: 'segments',
    work: (lease, signal) =>
      keepSegments(
        {
          database,
          segmentation,
          registry,
          lease,
          onAssigned: (round) => log.debug(round, 'every customer has been assigned to a segment'),
        },
        signal,
      ),
    complaint: 'the segments of customers are brought up to date later',
  });
}
