// Are the answers equal? Servers differ in wrapping and in the form of numbers and times, never in what they say.

const NUMBERS = new Set(['quantity', 'unitPrice', 'amount']);
const TIMES = new Set(['soldAt', 'at']);

/**
 * One value of an answer in the shape that all servers can be compared in: connections as lists, decimals as
 * numbers, times in UTC with milliseconds, a region as its name.
 * @param {unknown} value
 * @param {string} [key] the field that it stands under
 * @returns {unknown}
 */
export function normalise(value, key = '') {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((item) => normalise(item));
  if (typeof value === 'object') {
    const fields = /** @type {Record<string, unknown>} */ (value);
    if (Array.isArray(fields.edges)) return fields.edges.map((edge) => normalise(edge.node));
    if (key === 'region') return fields.name;
    return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, normalise(field, name)]));
  }
  if (NUMBERS.has(key)) return Number(value);
  if (TIMES.has(key)) return new Date(String(value)).toISOString();
  return value;
}

/** @param {unknown} value */
const brief = (value) => String(JSON.stringify(value)).slice(0, 120);

/**
 * The first place where two normalised answers differ, or undefined when they are equal.
 * @param {unknown} left
 * @param {unknown} right
 * @param {string} [path]
 * @returns {string | undefined}
 */
export function firstDifference(left, right, path = 'data') {
  if (Object.is(left, right)) return undefined;
  const comparable = left !== null && right !== null && typeof left === 'object' && typeof right === 'object';
  if (!comparable) return `${path}: ${brief(left)} against ${brief(right)}`;
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const difference = firstDifference(Reflect.get(left, key), Reflect.get(right, key), `${path}.${key}`);
    if (difference) return difference;
  }
  return undefined;
}
