// A subscriber as any dashboard is one: graphql-ws's own client, and what it has been told so far.

import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { z } from 'zod';

const update = z.object({
  windowStart: z.string().nullable(),
  keys: z.array(z.object({ value: z.string().nullable() })),
  value: z.number().nullable(),
  final: z.boolean().nullable(),
  revision: z.number().nullable(),
  cursor: z.string(),
  notice: z.string().nullable(),
});
export type Update = z.output<typeof update>;

const message = z.object({ liveMetric: update });
const closing = z.object({ code: z.number(), reason: z.string() });

const waitMs = 20_000;

export interface Subscriber {
  readonly received: Update[];
  /** Resolves when the messages so far are enough; rejects when the subscription ends before, or after 20 s. */
  until(isEnough: (received: readonly Update[]) => boolean): Promise<void>;
  /** Resolves when nothing more will come, with why. */
  readonly ended: Promise<string>;
  /** Resolves when the socket has closed, with how. */
  readonly closed: Promise<z.output<typeof closing>>;
  stop(): Promise<void>;
}

export const selection = '{ windowStart keys { value } value final revision cursor notice }';

/** The document of a subscription; `args` are those of `liveMetric`, such as `metric: EVENTS, every: ALL`. */
export function documentOf(args: string): string {
  return `subscription Live($after: String) { liveMetric(${args}, after: $after) ${selection} }`;
}

/** Reads the data of a message. */
export function readUpdate(data: unknown): Update {
  return message.parse(data).liveMetric;
}

/** Follows at the door of `url`. The connection is not made anew when it is lost. */
export function subscribe(url: string, args: string, after?: string): Subscriber {
  const received: Update[] = [];
  const waiting = new Set<() => void>();
  let ended: string | undefined;
  const wake = () => {
    for (const check of [...waiting]) check();
  };
  let tellEnd = (_how: string) => {};
  const whenEnded = new Promise<string>((resolve) => {
    tellEnd = resolve;
  });
  const end = (how: string) => {
    ended ??= how;
    tellEnd(ended);
    wake();
  };
  let client: Client | undefined;
  const closed = new Promise<z.output<typeof closing>>((resolve) => {
    client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      on: { closed: (event) => resolve(closing.parse(event)) },
    });
  });
  client?.subscribe(
    { query: documentOf(args), variables: { after } },
    {
      next({ data, errors }) {
        if (errors !== undefined) end(JSON.stringify(errors));
        else received.push(readUpdate(data));
        wake();
      },
      error: (error) => end(String(error instanceof Error ? error.message : JSON.stringify(error))),
      complete: () => end('It has completed.'),
    },
  );

  return {
    received,
    ended: whenEnded,
    closed,
    until(isEnough) {
      return new Promise((resolve, reject) => {
        const leave = () => {
          clearTimeout(timer);
          waiting.delete(check);
        };
        const fail = (reason: string) => {
          leave();
          reject(
            new Error(`${reason} It had received:\n${received.map((one) => JSON.stringify(one)).join('\n')}`),
          );
        };
        const check = () => {
          if (isEnough(received)) {
            leave();
            resolve();
          } else if (ended !== undefined) fail(ended);
        };
        const timer = setTimeout(() => fail('It waits for more.'), waitMs);
        waiting.add(check);
        check();
      });
    },
    async stop() {
      await client?.dispose();
    },
  };
}

/** Messages as `key value`, or `value` alone where there is no key. */
export function shown(received: readonly Update[]): string[] {
  return received.map(({ keys, value }) => [...keys.map((key) => key.value), value].join(' '));
}
