// Subscribers by every way there is, each with the client of its own protocol.

import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface Update {
  readonly windowStart: string | null;
  readonly keys: readonly { readonly value: string | null }[];
  readonly value: number | null;
  readonly final: boolean | null;
  readonly revision: number | null;
  readonly cursor: string;
  readonly notice: string | null;
}

export const document = `subscription Live($every: Grain!, $by: [Dimension!], $filter: LiveFilter, $last: Int, $maxPerSecond: Float, $after: String) {
  liveMetric(metric: EVENTS, every: $every, by: $by, filter: $filter, last: $last, maxPerSecond: $maxPerSecond, after: $after) {
    windowStart keys { value } value final revision cursor notice
  }
}`;

export interface Follower<T> {
  readonly received: T[];
  /** Undefined while it goes on; `null` when it has completed. */
  ended: unknown;
  stop(): Promise<void> | void;
}

type Way = (
  url: string,
  payload: Payload,
  take: (data: unknown) => void,
  end: (error: unknown) => void,
) => () => void;

interface Payload {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

function sinkOf(take: (data: unknown) => void, end: (error: unknown) => void) {
  return {
    next: ({ data, errors }: { data?: unknown; errors?: unknown }) => {
      if (errors !== undefined) end(errors);
      else take(data);
    },
    error: end,
    complete: () => end(null),
  };
}

export const ways: Readonly<Record<string, Way>> = {
  WebSocket(url, payload, take, end) {
    const client = createWsClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    });
    client.subscribe(payload, sinkOf(take, end));
    return () => client.dispose();
  },
  'server-sent events': (url, payload, take, end) => {
    const client = createSseClient({ url: `${url}/graphql`, retryAttempts: 0 });
    client.subscribe(payload, sinkOf(take, end));
    return () => client.dispose();
  },
  'one stream for all': (url, payload, take, end) => {
    const client = createSseClient({ url: `${url}/graphql`, singleConnection: true, retryAttempts: 0 });
    client.subscribe(payload, sinkOf(take, end));
    return () => client.dispose();
  },
};

/** Follows one field of a subscription. */
export function followField<T>(
  way: string,
  url: string,
  payload: Payload,
  read: (data: unknown) => T,
): Follower<T> {
  const received: T[] = [];
  const follower: Follower<T> = { received, ended: undefined, stop: () => undefined };
  const start = ways[way];
  if (start === undefined) throw new Error(`There is no way called ${way}.`);
  follower.stop = start(
    url,
    payload,
    (data) => received.push(read(data)),
    (error) => {
      follower.ended ??= error ?? null;
    },
  );
  return follower;
}

export function follow(
  url: string,
  variables: Record<string, unknown> = {},
  way = 'WebSocket',
): Follower<Update> {
  return followField(way, url, { query: document, variables: { every: 'MINUTE', ...variables } }, readUpdate);
}

function readUpdate(data: unknown): Update {
  const { liveMetric }: { liveMetric: Update } = JSON.parse(JSON.stringify(data));
  return liveMetric;
}
