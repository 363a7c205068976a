// The figures of streams as a table.
import { median, pairedRatio } from '../lib/statistics.mjs';

/** @typedef {Awaited<ReturnType<typeof import('./streams.mjs').measureStreams>>} Measured */

const ways = /** @type {const} */ ({
  copy: 'COPY of the rows alone',
  own: 'our own windows',
  flink: 'windows by Flink',
});

/** @param {Measured} measured @returns {import('../lib/report.mjs').Table} */
export function streamsTable({ figures }) {
  const ratesOf = (/** @type {keyof typeof ways} */ way) => figures.map((figure) => figure[way]);
  return {
    head: [
      'from the log to the last window stored',
      'events/s',
      '× COPY (least–most)',
      '× our own (least–most)',
    ],
    rows: /** @type {(keyof typeof ways)[]} */ (Object.keys(ways)).map((way) => {
      const ratio = (/** @type {keyof typeof ways} */ limit) => {
        if (way === limit || way === 'copy') return '–';
        const { median: middle, least, most } = pairedRatio(ratesOf(way), ratesOf(limit));
        return `${middle.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`;
      };
      return [
        ways[way],
        Math.round(median(ratesOf(way))).toLocaleString('en-US'),
        ratio('copy'),
        ratio('own'),
      ];
    }),
  };
}

/** What the figures rest on. @param {Measured} measured */
export function streamsNotes({ figures, events, compared }) {
  return (
    `Medians of ${figures.length} rounds in turn of ${events.toLocaleString('en-US')} events through one Kafka, one pipeline of the product ` +
    'with all metrics that it declares live, and one task manager of Flink, after a warm-up; ratios are taken within a round. ' +
    `Both ways stored the same counts in ${compared.toLocaleString('en-US')} windows.`
  );
}
