// How trainings get on, told to every process of the warehouse.

import { z } from 'zod';
import { pause } from '../../core/pause.js';
import type { Listener } from '../../stream/postgres-listener.js';
import type { Database } from '../../warehouse/database.js';
import { notify } from '../../warehouse/notify.js';
import { serviceNames } from './registry-contract.js';
import type { TrainingProgress } from './training-contract.js';

export interface TrainingNews {
  /** Goes out soon, in the order of the calls; of several shares that wait, only the last. */
  tell(progress: TrainingProgress): void;
  /** Hears all processes, this one too, until the result is called. */
  watch(listener: (progress: TrainingProgress) => void): () => void;
  /** Resolves when everything has gone out, or could not. */
  settle(): Promise<void>;
}

export interface TrainingNewsDeps {
  readonly database: Pick<Database, 'kysely'>;
  readonly listener: Listener;
  /** Told of news that could not go out; the training goes on. */
  readonly onFault: (error: unknown) => void;
}

const channel = 'flywheel_training';
/** Nobody reads faster. */
const shareEveryMs = 100;
/** A notification holds 7,999 bytes, and a character up to four. */
const stepLengthMax = 1_500;

const news = z.object({
  service: z.enum(serviceNames),
  state: z.enum(['running', 'registered', 'cancelled', 'failed']),
  share: z.number(),
  step: z.string().nullable(),
  version: z.number().nullable(),
});

export function createTrainingNews({ database, listener, onFault }: TrainingNewsDeps): TrainingNews {
  const waiting: TrainingProgress[] = [];
  let sending: Promise<void> | undefined;

  async function sendAll(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const step = next.step?.slice(0, stepLengthMax) ?? null;
      await notify(database, channel, JSON.stringify({ ...next, step })).catch(onFault);
      if (next.state === 'running') await pause(shareEveryMs);
    }
    sending = undefined;
  }

  return {
    tell(progress) {
      const isNewer = ({ service, state }: TrainingProgress) =>
        service === progress.service && state === 'running' && progress.state === 'running';
      const last = waiting.at(-1);
      if (last !== undefined && isNewer(last)) waiting.pop();
      waiting.push(progress);
      sending ??= sendAll();
    },
    watch(onNews) {
      return listener.on(channel, (payload) => {
        if (payload !== undefined) onNews(news.parse(JSON.parse(payload)));
      });
    },
    settle: async () => sending,
  };
}
