// The limit: node:http, one prepared statement per question that builds the whole answer in PostgreSQL, nothing else.
// No GraphQL is parsed and nothing is checked: no server of this kind can be faster, so all others are measured against it.
import { createServer } from 'node:http';
import { statements } from './limit-statements.mjs';
import { openPool, port } from './settings.mjs';

const pool = openPool('-c jit=off');

/**
 * @param {string} body the same POST body as every other server gets
 * @returns {Promise<string>}
 */
async function answer(body) {
  const { operationName, variables } = JSON.parse(body);
  const statement = statements[operationName];
  if (!statement) throw new Error(`No statement is written for ${operationName}.`);
  const { rows } = await pool.query({
    name: statement.planAnew ? undefined : operationName,
    text: statement.text,
    values: statement.values(variables),
    rowMode: 'array',
  });
  return rows[0][0];
}

createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (data) => {
    body += data;
  });
  request.on('end', async () => {
    try {
      const text = await answer(body);
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      });
      response.end(text);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
}).listen(port, '127.0.0.1');
