// Keeps a handler for the champion of a service and its challenger, and exchanges it when another model takes their place.

import { createBell } from '../../core/bell.js';
import { answeringByArm } from './arms.js';
import type { ModelStore } from './registry.js';
import type { Model } from './registry-contract.js';
import type { Handler, LoadedModel, Workshop, WorkshopDeps } from './workshop-contract.js';

export interface Serving {
  /** Answers from the newest models that have been loaded; waits for the first champion. */
  handler(): Promise<Handler>;
  /** The champion or the challenger may be another by now. */
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

/** A model with its bytes. */
export async function loadModel(store: ModelStore, model: Model): Promise<LoadedModel> {
  const { service, version } = model;
  return { name: `${service}/${version}`, model, bytes: await store.bytes(service, version) };
}

/** A model that is ready; without a version, what answers for the time without a model. */
interface Ready {
  readonly handler: Handler;
  readonly version: number | undefined;
}

/** Loads at once, for as long as the thread lives: the champion, and beside it the challenger while there is one. */
export function startServing({ workshop, store, onFault, ...deps }: ServingDeps): Serving {
  const bell = createBell();
  let champion: Ready | undefined;
  let challenger: Ready | undefined;
  let current: Handler | undefined;
  let onLoaded = () => {};
  const loaded = new Promise<void>((resolve) => {
    onLoaded = resolve;
  });

  // What is never trained has no champion, and answers while the warehouse is away.
  const isTrained = workshop.train !== undefined;

  async function ready(model: Model | undefined): Promise<Ready> {
    const version = model?.version;
    // A challenger that was promoted is there already.
    const there = [champion, challenger].find((one) => one !== undefined && one.version === version);
    if (there !== undefined) return there;
    return { handler: await workshop.open(model && (await loadModel(store, model)), deps), version };
  }

  async function lookAgain(): Promise<void> {
    champion = await ready(isTrained ? await store.champion(workshop.service) : undefined);
    current = handlerOf(champion, challenger);
    onLoaded();
    const tried = isTrained ? await store.challenger(workshop.service) : undefined;
    if (tried === undefined || challenger?.version !== tried.version) {
      // There is room for one of them.
      challenger = undefined;
      current = champion.handler;
    }
    challenger = tried && (await ready(tried));
    current = handlerOf(champion, challenger);
  }

  function handlerOf(first: Ready, second: Ready | undefined): Handler {
    return second === undefined ? first.handler : answeringByArm(first.handler, second.handler, onFault);
  }

  async function follow(): Promise<void> {
    let retryMs = retryFirstMs;
    for (;;) {
      try {
        await lookAgain();
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
      return current;
    },
    look: () => bell.ring(),
  };
}
