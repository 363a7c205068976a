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
 * Requests per second of every server that knows the question, in interleaved rounds: A B C, A B C, …
 * The first server is the limit.
 * @param {RunningServer[]} servers
 * @param {AskedQuestion} question
 * @param {{ rounds: number, seconds: number, connections: number }} plan
 */
export async function measureRounds(servers, question, { rounds, seconds, connections }) {
  const count = question.name.startsWith('r') ? Math.min(REPORT_CONNECTIONS, connections) : connections;
  const lanes = servers
    .map((server) => ({ server, requests: requestsOf(server, question) }))
    .filter(({ requests }) => requests.length > 0);
  // Connections are opened anew each time: servers close those that wait for their next round.
  /** @param {Lane} lane @param {number} forSeconds */
  const rate = ({ server, requests }, forSeconds) =>
    withConnections(server, count, (open) => throughput(open, requests, forSeconds));
  for (const lane of lanes) await rate(lane, WARM_UP_SECONDS);
  /** @type {Map<string, number[]>} */
  const perSecond = new Map(lanes.map(({ server }) => [server.name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const lane of lanes) perSecond.get(lane.server.name)?.push(await rate(lane, seconds));
  }
  const limits = perSecond.get(servers[0].name) ?? [];
  return lanes.map(({ server }) => {
    const rates = perSecond.get(server.name) ?? [];
    return {
      server: server.name,
      question: question.name,
      rounds: rates,
      median: median(rates),
      ratio: pairedRatio(rates, limits),
    };
  });
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
      return throughput(open, inTurn, seconds);
    });
  return {
    server: server.name,
    question: question.name,
    oneConnection: await rate(1, requests),
    hundredConnections: await rate(100, requests),
    distinctDocuments: await rate(connections, documents),
  };
}
