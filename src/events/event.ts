// An event as everything behind the porch knows it, whatever form it came in.

/** What an event is about decides the table that it goes to and the clock that it moves. */
export type EventKind = 'behaviour' | 'measurement';

/** A line of a purchase or a return. Decimals travel as text. */
export interface EventLine {
  readonly product: string;
  /** Positive, also for a return. */
  readonly quantity: string;
  /** Null where the event does not say. */
  readonly unitPrice: string | null;
}

interface EventBase {
  /** CloudEvents `source`, or null where the producer does not name itself: then it is the topic. */
  readonly source: string | null;
  /** The id in its source, or null where the producer gives none: then it is the event's place in the log. */
  readonly id: string | null;
  readonly occurredAtMs: number;
  readonly text: string | null;
  /** Every further field, as JSON text of an object; null without any. */
  readonly attributes: string | null;
}

export interface BehaviourEvent extends EventBase {
  readonly kind: 'behaviour';
  /** view, click, add_to_cart, purchase, rating, return, or whatever else a source reports. */
  readonly type: string;
  readonly customer: string | null;
  readonly product: string | null;
  /** Such as the stars of a rating; decimal text. */
  readonly value: string | null;
  /** The number of the order, for purchases and returns that give one. */
  readonly order: string | null;
  readonly region: string | null;
  /** What was bought or returned; empty for every other type. */
  readonly lines: readonly EventLine[];
}

export interface MeasurementEvent extends EventBase {
  readonly kind: 'measurement';
  readonly device: string | null;
  readonly series: string | null;
  /** Decimal text. */
  readonly value: string;
}

export type FlywheelEvent = BehaviourEvent | MeasurementEvent;

/** How the bytes of a record read: an event, or a sentence that says why they are none. */
export type Decoded<E = FlywheelEvent> =
  | { readonly ok: true; readonly event: E }
  | { readonly ok: false; readonly reason: string };

/** What decoding needs of a record; a record of the log is one. */
export interface RawRecord {
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
  /** Stands in for the time of an event that names none. */
  readonly appendedAtMs?: number;
}

/** Reads the records of one topic; never throws. */
export type Decoder<E = FlywheelEvent> = (record: RawRecord) => Decoded<E>;
