// What a subscription field says that it follows; the hub does the rest.

import {
  type DocumentNode,
  type GraphQLField,
  type GraphQLSchema,
  getArgumentValues,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { collectFields } from 'graphql/execution/collectFields.js';
import { FlywheelError } from '../../src/core/errors.js';
import type { DecisionEvent } from '../../src/events/decision.js';
import type { FlywheelEvent } from '../../src/events/event.js';
import type { FeedEvent } from '../../src/events/event-feed.js';
import type { LiveRequest, LiveUpdate } from '../../src/metrics/live.js';
import type { ServiceName } from '../../src/services/host/registry-contract.js';
import type { Arguments } from '../extensions.js';

/** Follows the windows of a metric. */
export interface MetricSource {
  readonly kind: 'metric';
  readonly request: LiveRequest;
  /** Of each dimension that is filtered, the keys that are wanted. */
  readonly wanted: ReadonlyMap<string, readonly (string | null)[]>;
  /** The most messages of each window and key in a second; undefined for every one. */
  readonly maxPerSecond: number | undefined;
  /** How many windows before the newest one come first. */
  readonly last: number;
  readonly after: string | undefined;
}

/** Which messages of a feed are wanted, and after which. */
export interface FeedSource<E> {
  readonly accepts: (event: FeedEvent<E>) => boolean;
  readonly after: string | undefined;
}

/** Follows the events themselves. */
export interface EventsSource extends FeedSource<FlywheelEvent> {
  readonly kind: 'events';
}

/** Follows the decisions as they are written. */
export interface DecisionsSource extends FeedSource<DecisionEvent> {
  readonly kind: 'decisions';
}

/** Follows the trainings of models. */
export interface TrainingSource {
  readonly kind: 'training';
  /** Undefined for those of all services. */
  readonly service: ServiceName | undefined;
  readonly after: string | undefined;
}

export type Source = MetricSource | EventsSource | DecisionsSource | TrainingSource;

/** What is executed for a message of `liveMetric`: an update, or a notice in its place. */
export interface MetricEvent {
  readonly request: LiveRequest;
  readonly update: LiveUpdate | undefined;
  readonly notice: string | undefined;
  readonly cursor: string;
}

/** What is executed for a message of a feed: an event or a decision, or a notice in its place. */
export interface FeedMessage<E> {
  readonly found: FeedEvent<E> | undefined;
  readonly notice: string | undefined;
  readonly cursor: string;
}

export type EventFeedMessage = FeedMessage<FlywheelEvent>;
export type DecisionFeedMessage = FeedMessage<DecisionEvent>;

type Follow = (args: Arguments) => Source;

/** The extensions of a subscription field. Its arguments `after` and `last` are its subscriber's own. */
export function followExtension(follow: Follow): { readonly follow: Follow } {
  return { follow };
}

function isFollow(value: unknown): value is Follow {
  return typeof value === 'function';
}

function followOf(field: GraphQLField<unknown, unknown> | undefined): Follow | undefined {
  const follow: unknown = field?.extensions.follow;
  return isFollow(follow) ? follow : undefined;
}

/** What a validated subscription follows. BAD_INPUT when nothing is left of it, or when its arguments are at fault. */
export function sourceOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): Source {
  const type = schema.getSubscriptionType();
  const fragments = Object.fromEntries(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [],
    ),
  );
  const fields = type && collectFields(schema, fragments, variables, type, operation.selectionSet);
  const [nodes] = fields?.values() ?? [];
  const node = nodes?.[0];
  const field = node && type?.getFields()[node.name.value];
  const follow = followOf(field);
  if (!node || !field || !follow)
    throw new FlywheelError('BAD_INPUT', 'The subscription selects nothing that can be followed.');
  return follow(getArgumentValues(field, node, variables));
}

/** Why a subscription is not served where there is nothing to hold it. */
export function notHere(): FlywheelError {
  return new FlywheelError(
    'BAD_INPUT',
    'Subscriptions are served over WebSocket (graphql-transport-ws) or as server-sent events; ask with "Accept: text/event-stream", or open a WebSocket at this address.',
  );
}
