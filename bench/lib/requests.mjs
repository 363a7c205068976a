// Requests, made once: the bytes of every POST that a server will get for a question.

/**
 * @param {import('./server-process.mjs').RunningServer} server
 * @param {import('../questions/question.d.mts').Ask} ask
 */
export function requestBytes(server, { document, operationName, variables }) {
  const body = Buffer.from(JSON.stringify({ query: document, operationName, variables }));
  const head = [
    'POST /graphql HTTP/1.1',
    `Host: 127.0.0.1:${server.port}`,
    'Content-Type: application/json',
    'Accept: application/json',
    `Content-Length: ${body.length}`,
    ...Object.entries(server.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
  ].join('\r\n');
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body]);
}

/**
 * One ask for every set of variables; none when the server does not answer the question.
 * @param {import('./server-process.mjs').RunningServer} server
 * @param {import('../questions/question.d.mts').Question} question
 * @param {Record<string, unknown>[]} variables
 * @returns {import('../questions/question.d.mts').Ask[]}
 */
export function asksOf(server, question, variables) {
  const document = question.documents[server.dialect];
  if (document === undefined || server.runs?.includes(question.name) === false) return [];
  return variables.map((values) => ({
    document,
    operationName: question.name.toUpperCase(),
    variables: values,
  }));
}

/**
 * The same question as `count` documents that differ in a comment-free, meaningful way: the alias of their root field.
 * @param {import('../questions/question.d.mts').Ask[]} asks
 * @param {number} count
 */
export function distinctDocuments(asks, count) {
  return Array.from({ length: count }, (_, index) => {
    const ask = asks[index % asks.length];
    // The root field is the first name after the first brace; postgraphile's documents have an alias there already.
    const document = ask.document.replace(/\{\s*(?:\w+:\s*)?(\w+)/, `{ page${index}: $1`);
    return { ...ask, document };
  });
}

/**
 * Asks once and returns the parsed answer's data. Throws on any status but 200 and on any errors.
 * @param {import('./server-process.mjs').RunningServer} server
 * @param {import('../questions/question.d.mts').Ask} ask
 */
export async function askOnce(server, { document, operationName, variables }) {
  const response = await fetch(`http://127.0.0.1:${server.port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...server.headers },
    body: JSON.stringify({ query: document, operationName, variables }),
  });
  const text = await response.text();
  const answer = response.status === 200 ? JSON.parse(text) : undefined;
  if (answer === undefined || answer.errors) {
    throw new Error(
      `${server.name} answered ${operationName} with ${response.status}: ${text.slice(0, 1000)}`,
    );
  }
  return answer.data;
}
