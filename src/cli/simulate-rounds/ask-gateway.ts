// Asks a gateway over HTTP, as any client does: one document, its variables, an answer of a known shape.

import { z } from 'zod';
import { type ErrorCode, errorCodes, FlywheelError } from '../../core/errors.js';
import { createBackoff } from '../../core/pause.js';

export interface GatewayAddress {
  /** With or without the path /graphql. */
  readonly url: string;
  /** The key of the caller; undefined for an open gateway. */
  readonly key: string | undefined;
}

export interface AskOptions {
  /** How long an outage is waited for; the same is asked again until then. 0 gives up at once. */
  readonly patienceMs: number;
}

/** Resolves to the data of the answer. Fails with a FlywheelError: that of the gateway, or UNAVAILABLE. */
export type AskGateway = <Shape extends z.ZodType>(
  document: string,
  variables: Readonly<Record<string, unknown>>,
  shape: Shape,
  options?: AskOptions,
) => Promise<z.output<Shape>>;

const answerTimeoutMs = 60_000;
const patienceMsUsual = 60_000;

const envelope = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(
      z.object({ message: z.string(), extensions: z.object({ code: z.string().optional() }).optional() }),
    )
    .optional(),
});

/** What another try may heal, if not at once. */
const passing: ReadonlySet<string> = new Set(['UNAVAILABLE', 'RATE_LIMITED', 'TIMEOUT', 'CANCELLED']);

function endpointOf(url: string): string {
  const at = URL.canParse(url) ? new URL(url) : undefined;
  if (at?.protocol !== 'http:' && at?.protocol !== 'https:')
    throw new FlywheelError(
      'BAD_INPUT',
      `"${url}" is no address of a gateway; give one such as http://127.0.0.1:4000.`,
    );
  if (!at.pathname.endsWith('/graphql')) at.pathname = `${at.pathname.replace(/\/$/, '')}/graphql`;
  return at.href;
}

function codeOf(code: string | undefined): ErrorCode {
  return errorCodes.find((known) => known === code) ?? 'INTERNAL';
}

/** Throws BAD_INPUT for an address that is none. */
export function createAsk({ url, key }: GatewayAddress): AskGateway {
  const endpoint = endpointOf(url);
  const headers = {
    'content-type': 'application/json',
    accept: 'application/graphql-response+json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };

  async function answerTo(body: string): Promise<string> {
    try {
      const signal = AbortSignal.timeout(answerTimeoutMs);
      const response = await fetch(endpoint, { method: 'POST', headers, body, signal });
      return await response.text();
    } catch (error) {
      throw new FlywheelError(
        'UNAVAILABLE',
        `No gateway answers at ${endpoint}; start one with npm start, or say with --url where it is.`,
        { cause: error },
      );
    }
  }

  async function once<Shape extends z.ZodType>(body: string, shape: Shape): Promise<z.output<Shape>> {
    const text = await answerTo(body);
    const { data, errors } = readEnvelope(text, endpoint);
    const [error] = errors ?? [];
    if (error !== undefined) {
      const code = codeOf(error.extensions?.code);
      const advice = code === 'UNAUTHENTICATED' || code === 'FORBIDDEN' ? ' Give one with --key.' : '';
      throw new FlywheelError(code, `The gateway refuses: ${error.message}${advice}`);
    }
    const read = shape.safeParse(data);
    if (read.success) return read.data;
    throw new FlywheelError(
      'UNAVAILABLE',
      `The gateway at ${endpoint} answers in a form that is not known here; use the same version of both.`,
      { cause: read.error },
    );
  }

  return async (document, variables, shape, { patienceMs } = { patienceMs: patienceMsUsual }) => {
    const body = JSON.stringify({ query: document, variables });
    const backoff = createBackoff();
    const untilMs = performance.now() + patienceMs;
    for (;;) {
      try {
        return await once(body, shape);
      } catch (error) {
        const mayPass = error instanceof FlywheelError && passing.has(error.code);
        if (!mayPass || performance.now() >= untilMs) throw error;
        await backoff.wait();
      }
    }
  };
}

function readEnvelope(text: string, endpoint: string): z.output<typeof envelope> {
  try {
    return envelope.parse(JSON.parse(text));
  } catch (error) {
    throw new FlywheelError(
      'UNAVAILABLE',
      `What answers at ${endpoint} is no gateway, or one that is just starting; say with --url where it is.`,
      { cause: error },
    );
  }
}
