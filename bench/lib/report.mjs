// Figures as tables: the same rows for the terminal and for Markdown.

/** @typedef {{ head: string[], rows: string[][] }} Table */

/** @param {number | undefined} value */
const whole = (value) => (value === undefined ? '–' : Math.round(value).toLocaleString('en-US'));
/** @param {number} value */
const rate = (value) => (value < 100 ? value.toFixed(1) : whole(value));
/** @param {number} value */
const milliseconds = (value) => `${value.toFixed(value < 10 ? 1 : 0)}`;

/**
 * Requests per second and the ratio to the limit with its spread, a column per question.
 * @param {import('../servers.mjs').Server[]} servers
 * @param {import('../questions/question.d.mts').Question[]} questions
 * @param {import('./measure.mjs').Throughput[]} figures
 * @returns {Table}
 */
export function throughputTable(servers, questions, figures) {
  return {
    head: ['requests/s (× limit, least–most)', ...questions.map(({ name, title }) => `${name}: ${title}`)],
    rows: servers.map(({ name, title }) => [
      title,
      ...questions.map((question) => {
        const figure = figures.find(
          ({ server, question: asked }) => server === name && asked === question.name,
        );
        if (!figure) return '–';
        const { median, least, most } = figure.ratio;
        return `${rate(figure.median)} (${median.toFixed(2)}, ${least.toFixed(2)}–${most.toFixed(2)})`;
      }),
    ]),
  };
}

/**
 * Processor time per request: of the server's process and of the database's.
 * @param {import('../servers.mjs').Server[]} servers
 * @param {import('../questions/question.d.mts').Question[]} questions
 * @param {import('./measure.mjs').Throughput[]} figures
 * @returns {Table}
 */
export function processorTable(servers, questions, figures) {
  return {
    head: ['processor time per request, µs: server + database', ...questions.map(({ name }) => name)],
    rows: servers.map(({ name, title }) => [
      title,
      ...questions.map((question) => {
        const figure = figures.find(
          ({ server, question: asked }) => server === name && asked === question.name,
        );
        return figure ? `${whole(figure.serverMicroseconds)} + ${whole(figure.databaseMicroseconds)}` : '–';
      }),
    ]),
  };
}

/**
 * @param {import('../servers.mjs').Server[]} servers
 * @param {import('../questions/question.d.mts').Question[]} questions
 * @param {Extras} extras
 * @returns {Table}
 */
export function extrasTable(servers, questions, { latency, shapes, memory }) {
  const shaped = shapes[0]?.question ?? '';
  return {
    head: [
      'beside it',
      ...questions.map(({ name }) => `${name} p50/p99 ms at half load`),
      'MB after load',
      `${shaped} with 1 connection`,
      `${shaped} with 100`,
      `${shaped}, 500 documents in turn`,
    ],
    rows: servers.map(({ name, title }) => {
      const shape = shapes.find(({ server }) => server === name);
      return [
        title,
        ...questions.map((question) => {
          const figure = latency.find(
            ({ server, question: asked }) => server === name && asked === question.name,
          );
          return figure ? `${milliseconds(figure.p50Ms)} / ${milliseconds(figure.p99Ms)}` : '–';
        }),
        whole(memory[name]),
        whole(shape?.oneConnection),
        whole(shape?.hundredConnections),
        whole(shape?.distinctDocuments),
      ];
    }),
  };
}

/**
 * @typedef {object} Extras
 * @property {Awaited<ReturnType<typeof import('./measure.mjs').measureLatency>>[]} latency
 * @property {Awaited<ReturnType<typeof import('./measure.mjs').measureShapes>>[]} shapes
 * @property {Record<string, number | undefined>} memory megabytes by server
 */

/** @param {Table} table */
export function asText({ head, rows }) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  /** @param {string[]} row */
  const line = (row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  ');
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

/** @param {Table} table */
export function asMarkdown({ head, rows }) {
  /** @param {string[]} row */
  const line = (row) => `| ${row.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
