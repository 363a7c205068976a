// The feed of events: each event as it arrives, before and beside its place in the warehouse.

import type { FeedEvent } from '../../src/events/event-feed.js';
import { builder } from '../builder.js';
import { type EventFeedMessage, type EventsSource, followExtension, notHere } from '../hub/source.js';
import { keyFilter, keysIn } from '../key-filter.js';

const feedFilter = builder.inputType('EventFeedFilter', {
  description: 'Which events are followed: those that meet every condition.',
  fields: (t) => ({
    type: t.field({
      type: keyFilter,
      description: 'What happened, such as view; measurement for a measurement.',
    }),
    source: t.field({ type: keyFilter, description: 'The system that the event came from.' }),
    customer: t.field({ type: keyFilter, description: 'The code of the customer.' }),
    product: t.field({ type: keyFilter, description: 'The code of the product.' }),
  }),
});

/** What of an event can be filtered, by the names of the fields above. */
const filtered: Readonly<Record<string, (found: FeedEvent) => string | null>> = {
  type: typeOf,
  source: ({ source }) => source,
  customer: ({ event }) => (event.kind === 'behaviour' ? event.customer : null),
  product: ({ event }) => (event.kind === 'behaviour' ? event.product : null),
};

function typeOf({ event }: FeedEvent): string {
  return event.kind === 'behaviour' ? event.type : 'measurement';
}

const eventMessage = builder.objectRef<EventFeedMessage>('EventMessage').implement({
  description: 'An event as it arrived: something that a customer did, or a measurement.',
  fields: (t) => ({
    cursor: t.string({
      description: 'Where to go on: give it as `after` in the next subscription.',
      resolve: ({ cursor }) => cursor,
    }),
    type: t.string({
      nullable: true,
      description: 'What happened, such as view, click or purchase; measurement for a measurement.',
      resolve: ({ found }) => found && typeOf(found),
    }),
    source: t.string({
      nullable: true,
      description:
        'The system that the event came from; the topic, for a producer that does not name itself.',
      resolve: ({ found }) => found?.source,
    }),
    id: t.string({
      nullable: true,
      description: 'What the event is known by in its source.',
      resolve: ({ found }) => found?.eventId,
    }),
    occurredAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it happened.',
      resolve: ({ found }) => found && new Date(found.event.occurredAtMs),
    }),
    arrivedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the event log took it.',
      resolve: ({ found }) => found && new Date(found.appendedAtMs),
    }),
    customer: t.string({
      nullable: true,
      description: 'The code of the customer, or null where nobody is known.',
      resolve: ({ found }) => found && filtered.customer?.(found),
    }),
    product: t.string({
      nullable: true,
      description: 'The code of the product that it is about, or null.',
      resolve: ({ found }) => found && filtered.product?.(found),
    }),
    value: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'The number that belongs to it: the stars of a rating, or what was measured.',
      resolve: ({ found }) => found?.event.value,
    }),
    text: t.string({
      nullable: true,
      description: 'The free text that belongs to it, such as a review or a line of a log.',
      resolve: ({ found }) => found?.event.text,
    }),
    device: t.string({
      nullable: true,
      description: 'The device that measured, where a measurement names it.',
      resolve: ({ found }) => (found?.event.kind === 'measurement' ? found.event.device : null),
    }),
    series: t.string({
      nullable: true,
      description: 'What was measured, such as temperature, where a measurement names it.',
      resolve: ({ found }) => (found?.event.kind === 'measurement' ? found.event.series : null),
    }),
    attributes: t.string({
      nullable: true,
      description: 'Every further field of the event, as JSON text.',
      resolve: ({ found }) => found?.event.attributes,
    }),
    notice: t.string({
      nullable: true,
      description:
        'Says that events are missing, or that the subscription ends because the connection was too slow; everything but the cursor is then null. Null in every other message.',
      resolve: ({ notice }) => notice ?? null,
    }),
  }),
});

type Accepts = EventsSource['accepts'];

function acceptsOf(filter: unknown): Accepts {
  if (typeof filter !== 'object' || filter === null) return () => true;
  const conditions = Object.entries(filter).flatMap(([name, condition]): Accepts[] => {
    const read = filtered[name];
    if (read === undefined || typeof condition !== 'object' || condition === null) return [];
    const wanted = new Set(keysIn(name, condition));
    return [(found) => wanted.has(read(found))];
  });
  return (found) => conditions.every((accepts) => accepts(found));
}

builder.subscriptionField('events', (t) =>
  t.field({
    type: eventMessage,
    description:
      'Every event as it arrives, from now on or `after` a cursor; those of one customer keep their order. A connection that is too slow for them ends with a notice that says where to go on.',
    args: {
      filter: t.arg({ type: feedFilter, description: 'Which events are followed; all unless given.' }),
      after: t.arg.string({
        description:
          'The cursor of the last message that was received: the events that followed it come first.',
      }),
    },
    extensions: followExtension(({ filter, after }) => ({
      kind: 'events',
      accepts: acceptsOf(filter),
      after: typeof after === 'string' ? after : undefined,
    })),
    // Never asked: the hub follows in its place. Who comes here has come by a way that cannot carry a stream.
    subscribe: (): AsyncIterable<EventFeedMessage> => {
      throw notHere();
    },
    resolve: (event) => event,
  }),
);
