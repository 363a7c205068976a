// The duty of training in the pipeline role: what was asked for, and what is due.

import { createTrainer } from '../services/host/trainer.js';
import type { Database } from '../warehouse/database.js';
import type { Foundations } from './foundations.js';
import { sparkPlaces } from './service-places.js';
import type { ServicesStarter } from './services.js';
import type { Streams } from './streams.js';

/** Forecasting and learning are not trained. A training that runs when the process stops begins anew in the next one. */
export async function startTraining(
  { config, lifecycle, log }: Foundations,
  { listener, leases }: Pick<Streams, 'listener' | 'leases'>,
  database: Database,
  { telemetry, placeOf }: ServicesStarter,
): Promise<void> {
  await lifecycle.start({
    name: 'training',
    start: () =>
      createTrainer({
        database,
        listener,
        leases,
        places: {
          recommendation: placeOf('recommendation'),
          segmentation: placeOf('segmentation'),
        },
        sparkPlaces: sparkPlaces(config.spark, placeOf('recommendation')),
        schedule: config.training,
        // Segments have no outcome that two models could be compared by.
        tries: config.wheel.challengerShare > 0 ? ['recommendation'] : [],
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
