// The rows that events become, by the names of their models' fields: what the tables take and the windows fold.

/** A row of `fact_event`; `customer` and `product` are the codes beside their keys. */
export type EventFact = {
  readonly source: string;
  readonly eventId: string;
  readonly type: string;
  readonly customerId: number | null;
  readonly customer: string | null;
  readonly productId: number | null;
  readonly product: string | null;
  readonly value: string | null;
  readonly text: string | null;
  readonly attributes: string | null;
  /** Milliseconds since 1970. */
  readonly occurredAt: number;
};

/** An event from the log, with the moment at which the log took it in, in milliseconds since 1970. */
export type ArrivedEvent = EventFact & { readonly appendedAtMs: number };

/** A row of `fact_measurement`. */
export type MeasurementFact = {
  readonly source: string;
  readonly eventId: string;
  readonly device: string | null;
  readonly series: string | null;
  readonly value: string;
  readonly text: string | null;
  readonly attributes: string | null;
  /** Milliseconds since 1970. */
  readonly occurredAt: number;
};

/** A row of `fact_sales`. */
export type SaleFact = {
  readonly source: string;
  readonly invoice: string;
  readonly line: number;
  readonly kind: 'SALE' | 'RETURN';
  readonly productId: number;
  readonly product: string;
  readonly customerId: number | null;
  readonly customer: string | null;
  readonly regionId: number | null;
  readonly region: string | null;
  /** The key of the day, such as 20111209. */
  readonly dateId: number;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly amount: string;
  /** Whether the price is the latest known one, in the words of COPY. */
  readonly estimated: 't' | 'f';
  /** Milliseconds since 1970. */
  readonly soldAt: number;
};
