// Two models that answer the items of one call: the challenger those that ask for it, the champion all others.

import { FlywheelError } from '../../core/errors.js';
import type { Reply } from './service-contract.js';
import type { Handler } from './workshop-contract.js';

/** What an item says in its field `arm` to be answered by the challenger. */
export const challengerArm = 'challenger';

function asksForChallenger(item: unknown): boolean {
  return typeof item === 'object' && item !== null && Reflect.get(item, 'arm') === challengerArm;
}

/**
 * The reply names the model of each item where two answered. What the challenger fails at for a reason of its own, which
 * `onFault` is told, the champion answers: no customer is worse off for a trial.
 */
export function answeringByArm(
  champion: Handler,
  challenger: Handler,
  onFault: (error: unknown) => void,
): Handler {
  return async (method, items, options) => {
    const [own, others] = [
      placesOf(items, asksForChallenger),
      placesOf(items, (item) => !asksForChallenger(item)),
    ];
    if (own.length === 0) return champion(method, items, options);
    const ask = (handler: Handler, places: readonly number[]) =>
      handler(
        method,
        places.map((place) => items[place]),
        options,
      );
    const tried = ask(challenger, own).catch((error: unknown) => {
      if (error instanceof FlywheelError) throw error;
      onFault(error);
      return ask(champion, own);
    });
    if (others.length === 0) return tried;
    return merged(items.length, [
      [own, await tried],
      [others, await ask(champion, others)],
    ]);
  };
}

function placesOf(items: readonly unknown[], isWanted: (item: unknown) => boolean): number[] {
  return items.flatMap((item, place) => (isWanted(item) ? place : []));
}

/** One reply from several, each with the places of the items that it answers. */
function merged(count: number, replies: readonly (readonly [readonly number[], Reply])[]): Reply {
  const results = new Array<unknown>(count);
  const models = new Array<string | null>(count).fill(null);
  for (const [places, reply] of replies) {
    for (const [at, place] of places.entries()) {
      results[place] = reply.results[at];
      models[place] = reply.model;
    }
  }
  const [model = null, ...others] = new Set(models);
  return others.length === 0 ? { model, results } : { model: null, models, results };
}
