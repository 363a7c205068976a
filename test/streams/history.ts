// What a subscriber must have received, told from what another received who was there from the beginning.

import type { Update } from './subscriber.js';

function nameOf({ windowStart, keys }: Update): string {
  return [windowStart, ...keys.map(({ value }) => value)].join(' ');
}

/** A message without what differs between subscribers, which is its cursor alone. */
export function told(update: Update): string {
  return `${nameOf(update)}: ${update.value} r${update.revision}${update.final ? ' final' : ''}`;
}

/** The newest windows as they are after these messages, a window without end being one. */
function stateAfter(messages: readonly Update[], windows: number): Update[] {
  const latest = new Map(messages.map((update) => [nameOf(update), update]));
  const starts = [...new Set([...latest.values()].map(({ windowStart }) => windowStart ?? ''))].sort();
  const newest = new Set(starts.slice(-windows));
  return [...latest.values()].filter(({ windowStart }) => newest.has(windowStart ?? ''));
}

/**
 * How many of all the messages came before the subscriber joined: it received the newest `last` + 1 windows as they
 * were then, and after them every message that followed, each once and in order. Undefined when there is no such
 * place. A state of windows may come in any order.
 */
export function joinedAt(
  all: readonly Update[],
  received: readonly Update[],
  last: number,
): number | undefined {
  const wanted = received.map(told);
  for (let place = all.length; place >= 0; place -= 1) {
    const changes = all.slice(place).map(told);
    const state = stateAfter(all.slice(0, place), last + 1).map(told);
    if (state.length + changes.length !== wanted.length) continue;
    const given = new Set(wanted.slice(0, state.length));
    const isSameState = state.every((message) => given.has(message));
    if (isSameState && changes.every((message, index) => message === wanted[state.length + index]))
      return place;
  }
  return undefined;
}

/** Windows whose revisions, in the order in which they came, are not one after another. */
export function brokenWindows(received: readonly Update[]): string[] {
  const revisions = new Map<string, number>();
  return received.flatMap((update) => {
    const name = nameOf(update);
    const before = revisions.get(name);
    const now = update.revision ?? 0;
    revisions.set(name, now);
    return before === undefined || now === before + 1 ? [] : [`${name}: ${now} after ${before}`];
  });
}
