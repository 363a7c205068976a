// What tests of the wheel share: settings under which nothing is given up, moments of one day, and waiting for effects.

import { z } from 'zod';
import { servicesInThreads } from '../support/gateway.js';
import type { Site } from './site.js';

const { LEARNING_URL, RECOMMENDATION_URL } = servicesInThreads;

/** Services in threads, which may have to start first, and a window of ten minutes. */
export const wheelSettings = {
  LEARNING_URL,
  RECOMMENDATION_URL,
  FLYWHEEL_SERVICE_DEADLINE_MS: '30000',
  FLYWHEEL_DECISION_PATIENCE_MS: '30000',
  FLYWHEEL_ATTRIBUTION_WINDOW: '10m',
} as const;

const startMs = Date.parse('2026-03-01T10:00:00Z');

/** So many minutes after the beginning of the story. */
export const at = (minutes: number) => new Date(startMs + minutes * 60_000).toISOString();

const placed = z.object({ flywheel: z.object({ position: z.string() }) });
const settled = z.object({ flywheel: z.object({ settled: z.boolean() }) });

/** Resolves when all that was sent before has had its effect. */
export async function settle(site: Site): Promise<void> {
  const { flywheel } = placed.parse(await site.ask('{ flywheel { position } }'));
  const query = 'query ($position: String!) { flywheel { settled(position: $position) } }';
  while (!settled.parse(await site.ask(query, flywheel)).flywheel.settled)
    await new Promise((resolve) => setTimeout(resolve, 50));
}
