// What the people of the rounds do, as events of the mutation `collect`.

/** The fields of `EventInput` that are used. */
export interface ShopEvent {
  readonly type: string;
  /** Counts once, however often it is sent. */
  readonly id: string;
  readonly source: string;
  readonly customer?: string;
  readonly product?: string;
  readonly occurredAt: string;
  readonly value?: string;
  readonly lines?: readonly {
    readonly product: string;
    readonly quantity: string;
    readonly unitPrice: string;
  }[];
  /** JSON text of an object. */
  readonly attributes?: string;
}

/** What happened, without what all events of a shop share. */
export interface Happening {
  readonly type: 'view' | 'click' | 'add_to_cart' | 'purchase' | 'exposure' | 'stock';
  readonly atMs: number;
  readonly customer?: string;
  readonly product?: string;
  /** The decision that the event names. */
  readonly decision?: string;
  /** Units in stock. */
  readonly units?: number;
  /** What was paid for a unit, in cents. */
  readonly priceCents?: number;
}

/**
 * Writes events down: ids count up from the name of a run, so that the same run sent twice counts once, and two runs
 * are told apart. Events are given in order of time.
 */
export function createEventWriter(run: string): (happenings: readonly Happening[]) => readonly ShopEvent[] {
  let count = 0;
  const write = ({ type, atMs, customer, product, decision, units, priceCents }: Happening): ShopEvent => {
    count += 1;
    return {
      type,
      id: `${run}-${count}`,
      source: 'simulated-rounds',
      ...(customer === undefined ? {} : { customer }),
      ...(product === undefined ? {} : { product }),
      occurredAt: new Date(atMs).toISOString(),
      ...(units === undefined ? {} : { value: String(units) }),
      ...(type === 'purchase' && product !== undefined && priceCents !== undefined
        ? { lines: [{ product, quantity: '1', unitPrice: (priceCents / 100).toFixed(2) }] }
        : {}),
      ...(decision === undefined ? {} : { attributes: JSON.stringify({ decision }) }),
    };
  };
  return (happenings) => [...happenings].sort((a, b) => a.atMs - b.atMs).map(write);
}
