// The measuring itself: rounds of throughput, and the extras beside them.
import { latencies, openConnections, throughput } from './load.mjs';
import { asksOf, distinctDocuments, requestBytes } from './requests.mjs';
import { median, pairedRatio, percentile } from './statistics.mjs';

const WARM_UP_SECONDS = 2;
const DISTINCT_DOCUMENTS = 500;
/** Reports keep the whole database busy for long: more connections would only wait in its queue. */
const REPORT_CONNECTIONS = 4;

/**
 * @typedef {import('./server-process.mjs').RunningServer} RunningServer
 * @typedef {import('../questions/question.d.mts').Question & { variables: Record<string, unknown>[] }} AskedQuestion
 * @typedef {{ server: RunningServer, requests: Buffer[] }} Lane
 */

/**
 * @param {RunningServer} server
 * @param {AskedQuestion} question
 */
const requestsOf = (server, question) =>
  asksOf(server, question, question.variables).map((ask) => requestBytes(server, ask));

/**
 * Opens connections to a server for as long as `use` lasts.
 * @template T
 * @param {RunningServer} server
 * @param {number} count
 * @param {(connections: import('./load.mjs').Connection[]) => Promise<T>} use
 */
async function withConnections(server, count, use) {
  const connections = await openConnections(server.port, count);
  try {
    return await use(connections);
  } finally {
    for (const connection of connections) connection.close();
  }
}

/**
 * One round of one server: its rate, and the processor time that a request took of the server and of the database.
 * @param {Lane} lane
 * @param {import('./database.mjs').Database} database
 * @param {{ seconds: number, connections: number }} plan
 */
async function measureOnce({ server, requests }, database, { seconds, connections }) {
  const times = () => Promise.all([server.processorMicroseconds(), database.processorMicroseconds()]);
  return withConnections(server, connections, async (open) => {
    const [serverBefore = 0, databaseBefore = 0] = await times();
    const { answers, perSecond } = await throughput(open, requests, seconds);
    const [serverAfter = 0, databaseAfter = 0] = await times();
    return {
      perSecond,
      serverMicroseconds: (serverAfter - serverBefore) / answers,
      databaseMicroseconds: (databaseAfter - databaseBefore) / answers,
    };
  });
}

/**
 * Requests per second of every server that knows the question, in interleaved rounds: A B C, A B C, …
 * The first server is the limit.
 * @param {RunningServer[]} servers
 * @param {AskedQuestion} question
 * @param {import('./database.mjs').Database} database
 * @param {{ rounds: number, seconds: number, connections: number }} plan
 */
export async function measureRounds(servers, question, database, { rounds, seconds, connections }) {
  const count = question.name.startsWith('r') ? Math.min(REPORT_CONNECTIONS, connections) : connections;
  const lanes = servers
    .map((server) => ({ server, requests: requestsOf(server, question) }))
    .filter(({ requests }) => requests.length > 0);
  const plan = { seconds, connections: count };
  for (const lane of lanes) await measureOnce(lane, database, { ...plan, seconds: WARM_UP_SECONDS });
  /** @type {Awaited<ReturnType<typeof measureOnce>>[][]} */
  const measured = lanes.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [place, lane] of lanes.entries())
      measured[place].push(await measureOnce(lane, database, plan));
  }
  const rates = measured.map((rounds) => rounds.map(({ perSecond }) => perSecond));
  return lanes.map(({ server }, place) => ({
    server: server.name,
    question: question.name,
    rounds: rates[place],
    median: median(rates[place]),
    ratio: pairedRatio(rates[place], rates[0]),
    serverMicroseconds: median(measured[place].map(({ serverMicroseconds }) => serverMicroseconds)),
    databaseMicroseconds: median(measured[place].map(({ databaseMicroseconds }) => databaseMicroseconds)),
  }));
}

/** @typedef {Awaited<ReturnType<typeof measureRounds>>[number]} Throughput */

/**
 * p50 and p99 when the server is asked at half the rate that it can do.
 * @param {RunningServer} server
 * @param {AskedQuestion} question
 * @param {{ perSecond: number, seconds: number, connections: number }} plan the full rate
 */
export async function measureLatency(server, question, { perSecond, seconds, connections }) {
  const tookMs = await withConnections(server, connections, (open) =>
    latencies(open, requestsOf(server, question), { perSecond: perSecond / 2, seconds }),
  );
  return {
    server: server.name,
    question: question.name,
    p50Ms: percentile(tookMs, 0.5),
    p99Ms: percentile(tookMs, 0.99),
  };
}

/**
 * Throughput with another number of connections, and with many documents in turn (nothing compiled may then grow
 * without bound, and whatever is cached per document is under pressure).
 * @param {RunningServer} server
 * @param {AskedQuestion} question
 * @param {{ seconds: number, connections: number }} plan
 */
export async function measureShapes(server, question, { seconds, connections }) {
  const requests = requestsOf(server, question);
  const asks = asksOf(server, question, question.variables);
  const documents = distinctDocuments(asks, DISTINCT_DOCUMENTS).map((ask) => requestBytes(server, ask));
  /** @param {number} count @param {Buffer[]} inTurn */
  const rate = (count, inTurn) =>
    withConnections(server, count, async (open) => {
      await throughput(open, inTurn, WARM_UP_SECONDS);
      return (await throughput(open, inTurn, seconds)).perSecond;
    });
  return {
    server: server.name,
    question: question.name,
    oneConnection: await rate(1, requests),
    hundredConnections: await rate(100, requests),
    distinctDocuments: await rate(connections, documents),
  };
}
