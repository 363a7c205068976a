// The model of recommendation that is on trial, known without asking the database for each decision.

import type { ModelRegistry } from '../services/host/registry-contract.js';

/** Gives its name, as `SERVICE/VERSION`, or null; read again when it changes, here or in another process. */
export function createTrialWatch(models: ModelRegistry): () => Promise<string | null> {
  let known: Promise<string | null> | undefined;
  models.watch((service) => {
    if (service === 'recommendation') known = undefined;
  });
  return () => {
    if (known === undefined) {
      const reading = models
        .challenger('recommendation')
        .then((model) => (model === undefined ? null : `recommendation/${model.version}`));
      known = reading;
      // What could not be read is asked for again.
      reading.catch(() => {
        if (known === reading) known = undefined;
      });
    }
    return known;
  };
}
