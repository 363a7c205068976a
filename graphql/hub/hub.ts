// The hub: whoever asks the same thing with the same eyes shares one cohort, whatever transport they came by.

import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  print,
  visit,
} from 'graphql';
import type { Scope } from '../../src/core/scope.js';
import type { DecisionEvent } from '../../src/events/decision.js';
import type { EventFeed } from '../../src/events/event-feed.js';
import type { LiveFeed } from '../../src/metrics/live.js';
import type { Trainings } from '../../src/services/host/trainings-contract.js';
import type { GatewayContext } from '../context.js';
import type { ErrorPresenter } from '../errors.js';
import type { CohortTelemetry } from './cohort-telemetry.js';
import { EventCohort } from './event-cohort.js';
import { MetricCohort } from './metric-cohort.js';
import { createRender } from './render.js';
import type { Sink, Subscription } from './sink.js';
import { type FeedSource, type MetricSource, sourceOf, type TrainingSource } from './source.js';
import { TrainingCohort } from './training-cohort.js';

export interface SubscriptionRequest {
  /** Validated. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As the schema reads them, and as they came. */
  readonly variables: Record<string, unknown>;
  readonly rawVariables: Readonly<Record<string, unknown>>;
  readonly scope: Scope;
  /** Goes before `after`: where a reader that reconnects says it was. */
  readonly lastEventId?: string | undefined;
}

export interface HubDeps {
  readonly schema: GraphQLSchema;
  readonly presenter: ErrorPresenter;
  readonly live: LiveFeed;
  readonly events: EventFeed;
  readonly decisions: EventFeed<DecisionEvent>;
  readonly trainings: Pick<Trainings, 'list' | 'watch'>;
  readonly telemetry: CohortTelemetry;
  /** The context in which a cohort's documents are executed. */
  readonly contextOf: (scope: Scope) => GatewayContext;
  /** How long a reader of events that it missed may take nothing (10,000 ms). */
  readonly replayPatienceMs?: number;
}

export interface Hub {
  /** Begins a subscription. Fails with a FlywheelError or a GraphQLError when it cannot be served. */
  subscribe(request: SubscriptionRequest, sink: Sink): Subscription;
  state(): { readonly cohorts: number; readonly subscribers: number };
}

/** The arguments that are a subscriber's own: who differs in them alone shares a cohort. */
const ownArguments: ReadonlySet<string> = new Set(['after', 'last']);

interface Shape {
  /** The document without the arguments that are a subscriber's own. */
  readonly digest: string;
  /** Variables that only those arguments use. */
  readonly ownVariables: ReadonlySet<string>;
}

function shapeOf(document: DocumentNode, operation: OperationDefinitionNode): Shape {
  const used = new Map<string, number>();
  const count = (name: string) => used.set(name, (used.get(name) ?? 0) + 1);
  const own = new Set<string>();
  const rest = visit(document, {
    Argument(node, _key, _parent, _path, ancestors) {
      // Only those of the root field: below it, an argument of that name would belong to the document.
      if (!ownArguments.has(node.name.value) || ancestors.filter(isField).length !== 1) return undefined;
      if (node.value.kind === Kind.VARIABLE) own.add(node.value.name.value);
      return null;
    },
    Variable: (node) => {
      count(node.name.value);
    },
  });
  // Each variable is counted once where it is declared.
  const ownVariables = new Set([...own].filter((name) => used.get(name) === 1));
  const name = operation.name?.value ?? '';
  const digest = createHash('sha256')
    .update(`${name}\n${print(rest)}`)
    .digest('base64url');
  return { digest, ownVariables };
}

function isField(node: unknown): boolean {
  return typeof node === 'object' && node !== null && 'kind' in node && node.kind === Kind.FIELD;
}

export function createHub(deps: HubDeps): Hub {
  return new CohortHub(deps);
}

class CohortHub implements Hub {
  readonly #deps: HubDeps;
  readonly #shapes = new WeakMap<OperationDefinitionNode, Shape>();
  readonly #metrics = new Map<string, MetricCohort>();
  readonly #events = new Map<string, EventCohort>();
  readonly #decisions = new Map<string, EventCohort<DecisionEvent>>();
  readonly #trainings = new Map<string, TrainingCohort>();

  constructor(deps: HubDeps) {
    this.#deps = deps;
  }

  subscribe(request: SubscriptionRequest, sink: Sink): Subscription {
    const { document, operation, variables, lastEventId } = request;
    const source = sourceOf(this.#deps.schema, document, operation, variables);
    const after = lastEventId ?? source.after;
    const key = this.#keyOf(request);
    const { events, decisions } = this.#deps;
    if (source.kind === 'events')
      return this.#feedCohort(this.#events, key, events, source, request).join(sink, after);
    if (source.kind === 'decisions')
      return this.#feedCohort(this.#decisions, key, decisions, source, request).join(sink, after);
    if (source.kind === 'training') return this.#trainingCohort(key, source, request).join(sink, after);
    return this.#metricCohort(key, source, request).join(sink, source.last, after);
  }

  state() {
    const cohorts = [this.#metrics, this.#events, this.#decisions, this.#trainings].flatMap((kind) => [
      ...kind.values(),
    ]);
    return { cohorts: cohorts.length, subscribers: cohorts.reduce((sum, { size }) => sum + size, 0) };
  }

  #keyOf({ document, operation, variables, scope }: SubscriptionRequest): string {
    let shape = this.#shapes.get(operation);
    if (shape === undefined) {
      shape = shapeOf(document, operation);
      this.#shapes.set(operation, shape);
    }
    const { digest, ownVariables } = shape;
    const shared = Object.entries(variables).filter(([name]) => !ownVariables.has(name));
    return JSON.stringify([digest, shared, scope.key]);
  }

  #renderOf(request: SubscriptionRequest) {
    const { schema, presenter, contextOf } = this.#deps;
    return createRender({ ...request, schema, presenter, context: contextOf(request.scope) });
  }

  #metricCohort(key: string, source: MetricSource, request: SubscriptionRequest): MetricCohort {
    const { live: feed, telemetry } = this.#deps;
    return cohortOf(this.#metrics, key, (onEmpty) => {
      const cut = feed.cutOf(source.request);
      return new MetricCohort({ feed, source, cut, render: this.#renderOf(request), telemetry, onEmpty });
    });
  }

  #feedCohort<E>(
    cohorts: Map<string, EventCohort<E>>,
    key: string,
    feed: EventFeed<E>,
    source: FeedSource<E>,
    request: SubscriptionRequest,
  ): EventCohort<E> {
    const { telemetry, replayPatienceMs = 10_000 } = this.#deps;
    return cohortOf(cohorts, key, (onEmpty) => {
      const render = this.#renderOf(request);
      return new EventCohort({ feed, source, render, telemetry, replayPatienceMs, onEmpty });
    });
  }

  #trainingCohort(key: string, source: TrainingSource, request: SubscriptionRequest): TrainingCohort {
    const { trainings, telemetry } = this.#deps;
    return cohortOf(this.#trainings, key, (onEmpty) => {
      return new TrainingCohort({ trainings, source, render: this.#renderOf(request), telemetry, onEmpty });
    });
  }
}

/** The cohort of a key, created for the first who comes and forgotten with the last who leaves. */
function cohortOf<Cohort>(
  cohorts: Map<string, Cohort>,
  key: string,
  create: (onEmpty: () => void) => Cohort,
): Cohort {
  const found = cohorts.get(key);
  if (found !== undefined) return found;
  const cohort = create(() => cohorts.delete(key));
  cohorts.set(key, cohort);
  return cohort;
}
