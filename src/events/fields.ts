// Sorts the members of an event by what they mean, whatever name they bear; what means nothing to us is kept whole.

import type { EventField } from './catalogue.js';
import { jsonText } from './json-text.js';

/** What a name means: the slot that it fills, and how much it is preferred to other names of that slot (0 first). */
interface Meaning {
  readonly slot: number;
  readonly rank: number;
}

export type FieldTable = ReadonlyMap<string, Meaning>;

/** Slots are the places of the fields in the list. */
export function fieldTable(fields: readonly EventField[]): FieldTable {
  return new Map(
    fields.flatMap(({ name, aliases }, slot) =>
      [name, ...aliases].map((alias, rank) => [alias, { slot, rank }] as const),
    ),
  );
}

/** The members of one event, by slot. One object serves all events of a decoder, one after another. */
export class Fields {
  readonly values: unknown[];
  /** The name under which each value came, for sentences. */
  readonly names: string[];
  /** Names of members without a meaning. */
  readonly rest: string[] = [];
  /** Further attributes that came beside the object. */
  readonly extra: (readonly [name: string, value: unknown])[] = [];
  readonly #table: FieldTable;
  readonly #ranks: number[];
  #from: Readonly<Record<string, unknown>> = {};

  constructor(table: FieldTable, slotCount: number) {
    this.#table = table;
    this.values = Array.from({ length: slotCount }, () => undefined);
    this.names = Array.from({ length: slotCount }, () => '');
    this.#ranks = Array.from({ length: slotCount }, () => 0);
  }

  /** Forgets the last event and takes in another. Members that are null or an empty text count as absent. */
  take(object: Readonly<Record<string, unknown>>): void {
    this.values.fill(undefined);
    if (this.rest.length > 0) this.rest.length = 0;
    if (this.extra.length > 0) this.extra.length = 0;
    this.#from = object;
    for (const name in object) {
      const meaning = this.#table.get(name);
      if (meaning === undefined) {
        this.rest.push(name);
        continue;
      }
      const value = object[name];
      if (value !== null && value !== '') this.#fill(meaning, name, value);
    }
  }

  #fill({ slot, rank }: Meaning, name: string, value: unknown): void {
    const before = this.names[slot];
    if (this.values[slot] !== undefined && before !== undefined) {
      if ((this.#ranks[slot] ?? 0) <= rank) {
        this.rest.push(name);
        return;
      }
      this.rest.push(before);
    }
    this.values[slot] = value;
    this.names[slot] = name;
    this.#ranks[slot] = rank;
  }

  /** A value that counts more than what the object says of the same slot; that then is an attribute. */
  put(slot: number, name: string, value: unknown): void {
    this.release(slot);
    this.values[slot] = value;
    this.names[slot] = name;
  }

  /** Makes an attribute of what stands in the slot, if it is a member of the object. */
  release(slot: number): void {
    const name = this.names[slot];
    if (this.values[slot] === undefined || name === undefined) return;
    this.values[slot] = undefined;
    if (Object.hasOwn(this.#from, name) && !this.rest.includes(name)) this.rest.push(name);
  }

  /** Says that a member of the object is no attribute. */
  claim(name: string): void {
    const place = this.rest.indexOf(name);
    if (place >= 0) this.rest.splice(place, 1);
  }

  has(slot: number): boolean {
    return this.values[slot] !== undefined;
  }

  /** The rest as the JSON text of an object, or null when there is none. */
  attributes(): string | null {
    if (this.rest.length === 0 && this.extra.length === 0) return null;
    let text = '';
    for (const name of this.rest) {
      text += `${text === '' ? '{' : ','}${JSON.stringify(name)}:${jsonText(this.#from[name])}`;
    }
    for (const [name, value] of this.extra) {
      const free = this.rest.includes(name) ? `ce_${name}` : name;
      text += `${text === '' ? '{' : ','}${JSON.stringify(free)}:${jsonText(value)}`;
    }
    return `${text}}`;
  }
}
