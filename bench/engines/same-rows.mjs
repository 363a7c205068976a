// Are the rows of a report the same, whoever computed them? To the last unit: a decimal counts by its value, not by its zeros.

/** @param {string | null} text */
function plainDecimal(text) {
  if (text === null || !text.includes('.')) return text;
  return text.replace(/0+$/, '').replace(/\.$/, '');
}

/**
 * Rows of a report as PostgreSQL gave it, a line of text each, in an order of their own.
 * @param {{ at: Date | null, keys: { dimension: string, value: string | null }[], values: { metric: string, value: string | null }[] }[]} rows
 */
export function linesOfReport(rows) {
  return rows
    .map(({ at, keys, values }) =>
      JSON.stringify([
        at?.toISOString() ?? null,
        Object.fromEntries(keys.map(({ dimension, value }) => [dimension, value])),
        Object.fromEntries(values.map(({ metric, value }) => [metric, plainDecimal(value)])),
      ]),
    )
    .sort();
}

/**
 * The same of rows as Spark wrote them, a text for each column.
 * @param {string[][]} rows @param {import('./spark.mjs').Query} query
 * @param {{ dimensions: string[], metrics: string[] }} names
 */
export function linesOfSpark(rows, { columns }, { dimensions, metrics }) {
  return rows
    .map((row) => {
      if (row.length !== columns.length)
        throw new Error(`Spark gave ${row.length} columns instead of ${columns.length}: ${row.join(' | ')}`);
      const cell = (/** @type {string} */ name) => {
        const text = row[columns.findIndex((column) => column.name === name)];
        return text === undefined || text === 'NULL' ? null : text;
      };
      const at = cell('at');
      return JSON.stringify([
        at === null ? null : new Date(`${at.replace(' ', 'T')}Z`).toISOString(),
        Object.fromEntries(dimensions.map((name) => [name, cell(name)])),
        Object.fromEntries(metrics.map((name) => [name, plainDecimal(cell(name))])),
      ]);
    })
    .sort();
}

/**
 * Throws with the first line that differs.
 * @param {string} what @param {string[]} expected @param {string[]} found
 */
export function checkSame(what, expected, found) {
  const place = expected.findIndex((line, index) => line !== found[index]);
  if (place >= 0) throw new Error(`${what}: ${found[place] ?? 'nothing'} instead of ${expected[place]}`);
  if (found.length > expected.length) throw new Error(`${what}: ${found[expected.length]} is one too many`);
}
