// Runs statements at Flink's SQL gateway: a session, its statements one after another, and their rows.

import { z } from 'zod';
import { FlywheelError } from '../../core/errors.js';
import { createBackoff } from '../../core/pause.js';
import { causeOf } from './cause.js';
import { createFlinkDoor, type FlinkAnswer, type FlinkDoor } from './flink-http.js';

export interface SqlGateway {
  /**
   * Opens a session with these settings of Flink, such as `pipeline.name`, hands it to `work`, and closes it whatever
   * came of it. Tables that are declared in a session end with it; jobs that were submitted go on.
   */
  inSession<T>(options: SessionOptions, work: (session: FlinkSession) => Promise<T>): Promise<T>;
  /** Resolves when the gateway answers. */
  check(signal: AbortSignal): Promise<void>;
}

export interface SessionOptions {
  readonly settings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface FlinkSession {
  /**
   * Runs one statement to its end: a declaration, an INSERT or a statement set up to where its job is submitted, a query
   * up to its last row. Given up, it is cancelled at the gateway.
   */
  run(statement: string, options?: RunOptions): Promise<FlinkResult>;
}

export interface RunOptions {
  /** How long it may take (120,000 ms); the first one after a start is slow. */
  readonly timeoutMs?: number;
  /** How many rows are taken (100,000). */
  readonly rowsMax?: number;
}

export interface FlinkResult {
  /** The job that was submitted for it; null for a declaration. */
  readonly jobId: string | null;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /**
   * The values by column, as JSON has them; null for NULL. A DECIMAL or BIGINT with more digits than a JavaScript number
   * has lost some: have a query cast it to STRING.
   */
  readonly rows: readonly (readonly unknown[])[];
}

const sessionAnswer = z.object({ sessionHandle: z.string() });
const operationAnswer = z.object({ operationHandle: z.string() });
const resultAnswer = z.object({
  resultType: z.enum(['NOT_READY', 'PAYLOAD', 'EOS']),
  nextResultUri: z.string().nullish(),
  jobID: z.string().nullish(),
  results: z
    .object({
      columns: z.array(z.object({ name: z.string(), logicalType: z.object({ type: z.string() }) })),
      data: z.array(z.object({ kind: z.string(), fields: z.array(z.unknown()) })),
    })
    .nullish(),
});
const refusal = z.object({ errors: z.array(z.string()) });

/** The version of the gateway's interface that is spoken; Flink 1.17 has it, and 2.2 too. */
const version = '/v2';

/**
 * Rejects with BAD_INPUT and Flink's last cause, in one line, for a statement that Flink refuses or that fails; with
 * CONFLICT for a job that cannot go on from the checkpoint or savepoint that its session names; with UNAVAILABLE when the gateway, its session or the job manager behind it is gone; with TIMEOUT; with CANCELLED.
 */
export function createSqlGateway({ url }: { readonly url: string }): SqlGateway {
  const door = createFlinkDoor({ name: "Flink's SQL gateway", url, setting: 'FLINK_SQL_GATEWAY' });
  return {
    async inSession({ settings, signal }, work) {
      const opening = await door({
        method: 'POST',
        path: `${version}/sessions`,
        body: { properties: settings },
        signal,
      });
      const path = `${version}/sessions/${read(sessionAnswer, opening).sessionHandle}`;
      try {
        return await work({ run: (statement, options) => run({ door, path, signal }, statement, options) });
      } finally {
        await farewell(door, { method: 'DELETE', path });
      }
    },
    async check(signal) {
      read(z.object({ productName: z.string() }), await door({ path: '/info', signal, timeoutMs: 3_000 }));
    },
  };
}

interface Place {
  readonly door: FlinkDoor;
  /** Of the session. */
  readonly path: string;
  readonly signal: AbortSignal;
}

async function run(place: Place, statement: string, options: RunOptions = {}): Promise<FlinkResult> {
  const { timeoutMs = 120_000, rowsMax = 100_000 } = options;
  const over = new AbortController();
  const giveUp = () => over.abort();
  const timer = setTimeout(giveUp, timeoutMs);
  if (place.signal.aborted) giveUp();
  place.signal.addEventListener('abort', giveUp, { once: true });
  const { door, path } = place;
  let operation: string | undefined;
  try {
    const asked = { method: 'POST' as const, path: `${path}/statements`, body: { statement } };
    const begun = await door({ ...asked, signal: over.signal, timeoutMs });
    operation = `${path}/operations/${read(operationAnswer, begun).operationHandle}`;
    const result = await collect({ door, path: operation, signal: over.signal }, rowsMax, timeoutMs);
    await farewell(door, { method: 'DELETE', path: `${operation}/close` });
    return result;
  } catch (error) {
    if (operation !== undefined) {
      await farewell(door, { method: 'POST', path: `${operation}/cancel` });
      await farewell(door, { method: 'DELETE', path: `${operation}/close` });
    }
    if (over.signal.aborted && !place.signal.aborted) {
      throw new FlywheelError('TIMEOUT', `Flink has not done a statement within ${timeoutMs} ms.`, {
        cause: error,
      });
    }
    throw error;
  } finally {
    clearTimeout(timer);
    place.signal.removeEventListener('abort', giveUp);
  }
}

/** All rows of an operation; NOT_READY is asked again after a pause that grows. */
async function collect(
  { door, path, signal }: Place,
  rowsMax: number,
  timeoutMs: number,
): Promise<FlinkResult> {
  const backoff = createBackoff(20, 400);
  const rows: (readonly unknown[])[] = [];
  let jobId: string | null = null;
  let columns: FlinkResult['columns'] = [];
  let next = `${path}/result/0?rowFormat=JSON`;
  for (;;) {
    const page = read(resultAnswer, await door({ path: next, signal, timeoutMs }));
    jobId = page.jobID ?? jobId;
    columns =
      page.results?.columns.map(({ name, logicalType }) => ({ name, type: logicalType.type })) ?? columns;
    for (const { kind, fields } of page.results?.data ?? []) {
      if (kind !== 'INSERT') {
        throw new FlywheelError(
          'BAD_INPUT',
          'Only a query that ends has rows; set execution.runtime-mode to batch.',
        );
      }
      rows.push(fields);
    }
    if (rows.length > rowsMax) {
      throw new FlywheelError(
        'LIMIT_EXCEEDED',
        `Flink has more than ${rowsMax} rows for one question; ask for fewer.`,
      );
    }
    if (page.resultType === 'EOS' || page.nextResultUri == null) return { jobId, columns, rows };
    next = page.nextResultUri;
    if (page.resultType === 'NOT_READY') await backoff.wait(signal);
    else backoff.reset();
  }
}

/** What is closed although the work under it may have been given up; the gateway forgets what stays open by itself. */
async function farewell(
  door: FlinkDoor,
  request: { readonly method: 'POST' | 'DELETE'; readonly path: string },
) {
  const unhurried = new AbortController();
  await door({ ...request, signal: unhurried.signal, timeoutMs: 3_000 }).catch(() => {});
}

/** Faults of the way from the gateway to the job manager, by the class of the last cause. */
const faultsOfTheWay =
  /^(ConnectException|ConnectTimeoutException|TimeoutException|AnnotatedConnectException|NoRouteToHostException|UnknownHostException|ClosedChannelException|ConnectionClosedException|RejectedExecutionException|RetryException)$/;

function read<T>(shape: z.ZodType<T>, { status, content, text }: FlinkAnswer): T {
  const known = shape.safeParse(content);
  if (status < 300 && known.success) return known.data;
  if (status < 300 || status === 404) {
    throw new FlywheelError(
      'UNAVAILABLE',
      'What answers at FLINK_SQL_GATEWAY is not the SQL gateway of Flink.',
    );
  }
  const told = refusal.safeParse(content);
  const trace = told.success ? told.data.errors.join('\n') : text;
  const { line, kind } = causeOf(trace);
  if (/Session '[^']*' does not exist/.test(trace)) {
    throw new FlywheelError(
      'UNAVAILABLE',
      "A session at Flink's SQL gateway ended before its work did; ask again.",
    );
  }
  if (/JobInitializationException/.test(trace) && /checkpoint|savepoint/i.test(line)) {
    throw new FlywheelError('CONFLICT', `Flink cannot go on from what a job has written down: ${line}`);
  }
  if (faultsOfTheWay.test(kind)) {
    throw new FlywheelError('UNAVAILABLE', `Flink's SQL gateway cannot reach the job manager: ${line}.`);
  }
  throw new FlywheelError('BAD_INPUT', `Flink refuses a statement: ${line}`);
}
