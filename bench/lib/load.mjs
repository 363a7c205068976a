// The load generator: bare keep-alive HTTP/1.1 sockets, requests made beforehand, answers scanned as bytes.
// It must cost little, for it shares the machine with the server and the database that it measures.
import { connect } from 'node:net';

const ERRORS = Buffer.from('"errors":');
const HEAD_END = Buffer.from('\r\n\r\n');
const CHUNKED_END = Buffer.from('0\r\n\r\n');

/**
 * One keep-alive connection, with at most one request on its way.
 * @typedef {{ ask(request: Buffer): Promise<void>, close(): void }} Connection
 */

/**
 * The body's length, or undefined when the answer is chunked.
 * @param {string} head
 */
function bodyBytesOf(head) {
  const match = /\r\ncontent-length: *(\d+)/i.exec(head);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/**
 * Reads one answer after the other from a socket. Any status but 200 and any `errors` is a fault.
 * @param {(fault?: Error) => void} done called once per answer
 */
function answerReader(done) {
  let inHead = true;
  let bytesLeft = 0;
  let chunked = false;
  /** @type {Buffer} */
  let lastBytes = Buffer.alloc(0);
  /** @param {Buffer} data */
  return (data) => {
    let body = data;
    if (inHead) {
      const end = data.indexOf(HEAD_END);
      if (end < 0) return done(new Error('The head of an answer came in pieces.'));
      const head = data.toString('latin1', 0, end + 2);
      if (!head.startsWith('HTTP/1.1 200')) return done(new Error(`The server answered ${data.toString()}`));
      const length = bodyBytesOf(head);
      chunked = length === undefined;
      bytesLeft = length ?? 0;
      inHead = false;
      body = data.subarray(end + 4);
    }
    if (body.includes(ERRORS))
      return done(new Error(`The answer holds errors: ${body.toString().slice(0, 1000)}`));
    bytesLeft -= body.length;
    // Nothing follows an answer until the next request, so a chunked one ends where its data ends with the last chunk.
    if (chunked)
      lastBytes = body.length >= 5 ? body.subarray(-5) : Buffer.concat([lastBytes, body]).subarray(-5);
    if (chunked ? lastBytes.equals(CHUNKED_END) : bytesLeft === 0) {
      inHead = true;
      lastBytes = Buffer.alloc(0);
      done();
    }
  };
}

/**
 * @param {number} port
 * @returns {Promise<Connection>}
 */
function openConnection(port) {
  return new Promise((opened, failed) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    /** @type {{ resolve: () => void, reject: (fault: Error) => void } | undefined} */
    let waiting;
    /** @param {Error} [fault] */
    const settle = (fault) => {
      const caller = waiting;
      waiting = undefined;
      if (fault) caller?.reject(fault);
      else caller?.resolve();
    };
    socket.on('data', answerReader(settle));
    socket.on('error', (fault) => (waiting ? settle(fault) : failed(fault)));
    socket.on('close', () => settle(new Error('The server closed the connection.')));
    socket.on('connect', () =>
      opened({
        ask: (request) =>
          new Promise((resolve, reject) => {
            if (socket.destroyed) return reject(new Error('The server closed an idle connection.'));
            waiting = { resolve, reject };
            socket.write(request);
          }),
        close: () => socket.destroy(),
      }),
    );
  });
}

/**
 * @param {number} port
 * @param {number} count
 */
export async function openConnections(port, count) {
  return Promise.all(Array.from({ length: count }, () => openConnection(port)));
}

/**
 * Asks as fast as the answers come, each connection one request at a time, for a number of seconds.
 * @param {Connection[]} connections
 * @param {Buffer[]} requests asked in turn
 * @param {number} seconds
 * @returns {Promise<{ answers: number, perSecond: number }>}
 */
export async function throughput(connections, requests, seconds) {
  let next = 0;
  let answers = 0;
  const began = performance.now();
  const end = began + seconds * 1000;
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() < end) {
        await connection.ask(requests[next++ % requests.length] ?? Buffer.alloc(0));
        answers += 1;
      }
    }),
  );
  return { answers, perSecond: answers / ((performance.now() - began) / 1000) };
}

/**
 * Asks at a fixed rate, whatever the answers do, and times every answer from the moment its request was due.
 * @param {Connection[]} connections
 * @param {Buffer[]} requests asked in turn
 * @param {{ perSecond: number, seconds: number }} plan
 * @returns {Promise<number[]>} milliseconds per answer, sorted
 */
export async function latencies(connections, requests, { perSecond, seconds }) {
  const total = Math.floor(perSecond * seconds);
  const free = [...connections];
  /** @type {number[]} */
  const dueAt = [];
  /** @type {number[]} */
  const tookMs = [];
  let due = 0;
  let next = 0;
  const began = performance.now();
  await new Promise((resolve, reject) => {
    const dispatch = () => {
      for (let connection = free.pop(); connection; connection = free.pop()) {
        const at = dueAt.shift();
        if (at === undefined) {
          free.push(connection);
          return;
        }
        const mine = connection;
        mine.ask(requests[next++ % requests.length] ?? Buffer.alloc(0)).then(() => {
          tookMs.push(performance.now() - at);
          free.push(mine);
          if (tookMs.length === total) resolve(undefined);
          else dispatch();
        }, reject);
      }
    };
    // A timer is good to a millisecond: what falls due in it goes out together.
    const timer = setInterval(() => {
      const now = performance.now();
      for (; due < total && began + (due * 1000) / perSecond <= now; due += 1) dueAt.push(now);
      if (due === total) clearInterval(timer);
      dispatch();
    }, 1);
  });
  return tookMs.sort((a, b) => a - b);
}
