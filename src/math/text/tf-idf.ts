// Texts as weighted terms: what a text says that others do not.

import {
  columnCounts,
  type SparseMatrix,
  sparseFromTriples,
  squaredRowNorms,
} from '../sparse/sparse-matrix.js';
import { tokenise } from './tokenise.js';

/** The vocabulary, in code-point order, and the weight of each of its terms. */
export interface TfIdfModel {
  readonly terms: readonly string[];
  readonly idf: Float64Array;
}

/** A trained vocabulary, and the texts that it was trained on as rows. */
export interface TfIdfFit {
  readonly model: TfIdfModel;
  /** Texts x terms, each row of length 1 (or empty). */
  readonly matrix: SparseMatrix;
}

/** Orders by code points, as Python does; `<` would order by UTF-16 units, which differs beyond U+FFFF. */
function byCodePoint(a: string, b: string): number {
  const [as, bs] = [[...a], [...b]];
  for (const [at, character] of as.entries()) {
    const other = bs[at];
    if (other === undefined) return 1;
    if (character !== other) return (character.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
  }
  return as.length - bs.length;
}

/** How often each known term stands in each text. */
function countTerms(
  texts: readonly string[],
  stopWords: ReadonlySet<string>,
  columns: ReadonlyMap<string, number>,
): SparseMatrix {
  const row: number[] = [];
  const column: number[] = [];
  for (const [at, text] of texts.entries()) {
    for (const term of tokenise(text, stopWords)) {
      const known = columns.get(term);
      if (known === undefined) continue;
      row.push(at);
      column.push(known);
    }
  }
  return sparseFromTriples(texts.length, columns.size, { row, column });
}

/** Multiplies counts by idf and brings each row to length 1. */
function weigh(counts: SparseMatrix, idf: Float64Array): SparseMatrix {
  const values = counts.values.map((count, at) => count * (idf[counts.indices[at] ?? 0] ?? 0));
  const squares = squaredRowNorms({ ...counts, values });
  for (let row = 0; row < counts.rows; row += 1) {
    const length = Math.sqrt(squares[row] ?? 0);
    const end = counts.starts[row + 1] ?? 0;
    for (let at = counts.starts[row] ?? 0; at < end; at += 1) values[at] = (values[at] ?? 0) / length;
  }
  return { ...counts, values };
}

function columnsOf(terms: readonly string[]): Map<string, number> {
  return new Map(terms.map((term, column) => [term, column]));
}

/**
 * Learns the vocabulary of `texts` and gives them as rows: term frequency (raw count) times
 * idf = ln((1 + n) / (1 + df)) + 1, where df of the n texts hold the term, then each row divided by its Euclidean length.
 * G. Salton, C. Buckley, "Term-Weighting Approaches in Automatic Text Retrieval", IPM 24(5), 1988, with the smoothing
 * of scikit-learn's TfidfVectorizer, whose figures it gives. Texts without a term give empty rows.
 */
export function fitTfIdf(texts: readonly string[], stopWords: ReadonlySet<string>): TfIdfFit {
  const known = new Set<string>();
  for (const text of texts) for (const term of tokenise(text, stopWords)) known.add(term);
  const terms = [...known].sort(byCodePoint);
  const counts = countTerms(texts, stopWords, columnsOf(terms));
  const idf = columnCounts(counts).map((count) => Math.log((1 + texts.length) / (1 + count)) + 1);
  return { model: { terms, idf }, matrix: weigh(counts, idf) };
}

/** Other texts as rows over a trained vocabulary; terms that it does not know count nowhere. */
export function vectoriseTexts(
  model: TfIdfModel,
  texts: readonly string[],
  stopWords: ReadonlySet<string>,
): SparseMatrix {
  return weigh(countTerms(texts, stopWords, columnsOf(model.terms)), model.idf);
}
