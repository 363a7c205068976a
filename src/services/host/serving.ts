// Keeps a handler for the champion of a service, and exchanges it when another model becomes the champion.

import { createBell } from '../../core/bell.js';
import type { ModelStore } from './registry.js';
import type { Handler, LoadedModel, Workshop, WorkshopDeps } from './workshop-contract.js';

export interface Serving {
  /** The handler for the newest model that has been loaded; waits for the first one. */
  handler(): Promise<Handler>;
  /** The champion may be another by now. */
  look(): void;
}

export interface ServingDeps extends WorkshopDeps {
  readonly workshop: Workshop;
  readonly store: ModelStore;
  /** Told when a model cannot be loaded; it is tried again. */
  readonly onFault: (error: unknown) => void;
}

/** What cannot be loaded is tried again after a pause that doubles; another champion ends the pause. */
const retryFirstMs = 100;
const retryMostMs = 5_000;

/** The champion with its bytes; undefined before the first. */
export async function loadChampion(
  store: ModelStore,
  service: Workshop['service'],
): Promise<LoadedModel | undefined> {
  const model = await store.champion(service);
  if (model === undefined) return undefined;
  const bytes = await store.bytes(service, model.version);
  return { name: `${service}/${model.version}`, model, bytes };
}

/** Loads at once, for as long as the thread lives. */
export function startServing({ workshop, store, onFault, ...deps }: ServingDeps): Serving {
  const bell = createBell();
  let current: { readonly handler: Handler; readonly version: number | undefined } | undefined;
  let onLoaded = () => {};
  const loaded = new Promise<void>((resolve) => {
    onLoaded = resolve;
  });

  // What is never trained has no champion, and answers while the warehouse is away.
  const isTrained = workshop.train !== undefined;

  async function follow(): Promise<void> {
    let retryMs = retryFirstMs;
    for (;;) {
      try {
        const champion = isTrained ? await store.champion(workshop.service) : undefined;
        if (current === undefined || current.version !== champion?.version) {
          const model = isTrained ? await loadChampion(store, workshop.service) : undefined;
          const handler = await workshop.open(model, deps);
          current = { handler, version: model?.model.version };
          onLoaded();
        }
        retryMs = retryFirstMs;
        await bell.wait();
      } catch (error) {
        onFault(error);
        await bell.wait(retryMs);
        retryMs = Math.min(retryMs * 2, retryMostMs);
      }
    }
  }
  follow().catch(onFault);

  return {
    async handler() {
      await loaded;
      if (current === undefined) throw new Error('Something was loaded, and it is not there.');
      return current.handler;
    },
    look: () => bell.ring(),
  };
}
