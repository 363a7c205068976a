// Figures beside their limits, a line each, with whether they keep them.

/** @param {import('../models/side-by-side.mjs').Row[]} rows @returns {import('./report.mjs').Table} */
export function verdictTable(rows) {
  return {
    head: ['part', 'what; beside what', 'Flywheel', 'beside', 'ratio (least–most)', 'limit', 'verdict'],
    rows: rows.map(({ part, what, ours, peer = '–', ratio = '–', limit, passes }) => [
      part,
      what,
      ours,
      peer,
      ratio,
      limit,
      limit === '–' ? '–' : passes ? 'PASS' : 'MISS',
    ]),
  };
}
