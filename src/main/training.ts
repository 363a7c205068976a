// The duty of training in the pipeline role: what was asked for, and what is due.

import { createTrainer } from '../services/host/trainer.js';
import type { StartedDatabase } from './database.js';
import type { Foundations } from './foundations.js';
import { servicePlace } from './service-places.js';
import type { ServicesStarter } from './services.js';
import type { Streams } from './streams.js';

/** Forecasting and learning are not trained. A training that runs when the process stops begins anew in the next one. */
export async function startTraining(
  { config, lifecycle, log, threadExecArgv }: Foundations,
  { listener, leases }: Pick<Streams, 'listener' | 'leases'>,
  { database, url }: StartedDatabase,
  { telemetry }: Pick<ServicesStarter, 'telemetry'>,
): Promise<void> {
  const of = { databaseUrl: url, ...(threadExecArgv === undefined ? {} : { execArgv: threadExecArgv }) };
  await lifecycle.start({
    name: 'training',
    start: () =>
      createTrainer({
        database,
        listener,
        leases,
        places: {
          recommendation: servicePlace('recommendation', of),
          segmentation: servicePlace('segmentation', of),
        },
        schedule: config.training,
        onEnd: (service, { state, step, version }) => {
          telemetry.trained(service, state);
          if (state === 'failed') log.warn({ service, why: step }, 'a training failed');
          else log.info({ service, version }, `a training was ${state}`);
        },
        onFault: (error) => log.warn({ error }, 'trainings go on later'),
      }),
    stop: (trainer) => trainer.close(),
  });
}
