// Brings the state that subscribers begin with into a cohort's store: read once, however many wait for it.

import type { LiveFeed, LiveUpdate, SnapshotOptions } from '../../src/metrics/live.js';
import type { WindowStore } from './window-store.js';

/** What stands as the cursor where only a fresh state can follow: in the midst of a state, and with a notice. */
export const restartCursor = Buffer.from('state').toString('base64url');

export interface StateLoaderDeps {
  readonly feed: LiveFeed;
  readonly cut: string;
  readonly options: SnapshotOptions;
  readonly store: WindowStore;
  /** Whether nothing came from the feed that is still to be said. */
  readonly isQuiet: () => boolean;
  readonly say: (update: LiveUpdate) => void;
}

export class StateLoader {
  /** How many windows before the newest are held; -1 before anything is. */
  loaded = -1;
  readonly #deps: StateLoaderDeps;
  #loading: { readonly last: number; readonly done: Promise<void> } | undefined;

  constructor(deps: StateLoaderDeps) {
    this.#deps = deps;
  }

  get isLoading(): boolean {
    return this.#loading !== undefined;
  }

  /** Resolves when the newest `last` + 1 windows are held. Fails as the feed does. */
  async load(last: number): Promise<void> {
    if (!this.#deps.store.isWhole) this.loaded = -1;
    while (this.loaded < last) {
      if (this.#loading !== undefined && this.#loading.last >= last) await this.#loading.done;
      else await this.#start(last);
    }
  }

  async #start(last: number): Promise<void> {
    const done = this.#read(last).finally(() => {
      if (this.#loading?.done === done) this.#loading = undefined;
    });
    this.#loading = { last, done };
    await done;
  }

  async #read(last: number): Promise<void> {
    const { feed, cut, options, store, isQuiet, say } = this.#deps;
    const found = await feed.snapshot(cut, last + 1, options);
    const fresh = found.filter((update) => store.latest(update) === undefined);
    // Only after the last of a state that nothing was added to does its place say what is still to come.
    const whole = store.size === 0 && isQuiet() ? fresh.at(-1) : undefined;
    store.prepend(fresh.map((update) => (update === whole ? update : { ...update, cursor: restartCursor })));
    store.isWhole = true;
    this.loaded = Math.max(this.loaded, last);
    // Where the feed has not come as far as the snapshot, the snapshot goes first.
    for (const update of found) say(update);
  }
}
