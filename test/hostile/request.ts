// A hostile request as it goes over the wire, and the small choices that all families of them share.

import { createRandom, type Random } from '../../src/core/random.js';

export interface HostileRequest {
  /** What it tries, for the message of a failing test. */
  readonly family: string;
  readonly method: string;
  /** The path with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

/** Makes requests of one family. */
export type Family = (random: Random) => Omit<HostileRequest, 'family'>;

const json = { 'content-type': 'application/json' };

/** A POST with a JSON body, as a client sends it. */
export function post(content: unknown): Omit<HostileRequest, 'family'> {
  return postBytes(Buffer.from(JSON.stringify(content)));
}

/** A POST of any bytes that claims to be JSON. */
export function postBytes(body: Buffer): Omit<HostileRequest, 'family'> {
  return { method: 'POST', path: '/graphql', headers: json, body };
}

/** One of the choices, each equally likely. */
export function pick<T>(random: Random, choices: readonly T[]): T {
  for (const choice of choices.slice(random.integer(choices.length))) return choice;
  throw new Error('There is nothing to choose from.');
}

/** A whole number from `low` to `high`, small ones as likely as large ones. */
export function magnitude(random: Random, low: number, high: number): number {
  return Math.floor(low * (high / low) ** random.uniform());
}

/** A mark that no statement of ours contains; every injected text carries one. */
export function mark(random: Random): string {
  return `hx${random.uint32().toString(16).padStart(8, '0')}`;
}

export const markPattern = /hx[0-9a-f]{8}/;

/** `count` requests, the families in turn; the same seed gives the same requests. */
export function* hostileRequests(
  families: Readonly<Record<string, Family>>,
  count: number,
  seed: string,
): Generator<HostileRequest> {
  const names = Object.keys(families);
  for (let index = 0; index < count; index += 1) {
    const family = names[index % names.length];
    const make = family === undefined ? undefined : families[family];
    if (family === undefined || make === undefined) throw new Error('There is no family of requests.');
    yield { family, ...make(createRandom(`${seed}/${index}`)) };
  }
}
