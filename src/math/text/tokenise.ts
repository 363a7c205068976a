// Cuts texts into terms.

const word = /[\p{L}\p{N}_]{2,}/gu;

/**
 * The terms of a text, in order: lower-cased runs of at least two letters, digits or underscores, without the stop
 * words. Equal to scikit-learn's `(?u)\b\w\w+\b` on lower-cased text. Scripts that are written without spaces
 * between words give one term per run.
 */
export function tokenise(text: string, stopWords: ReadonlySet<string>): string[] {
  return (text.toLowerCase().match(word) ?? []).filter((term) => !stopWords.has(term));
}
