import { describe, expect, it } from 'vitest';
import { explainContent, scoreContent } from '../../../src/math/recommend/content.js';
import { englishStopWords } from '../../../src/math/text/english-stop-words.js';
import { fitTfIdf } from '../../../src/math/text/tf-idf.js';

const { matrix } = fitTfIdf(
  ['High-performance laptop', 'Latest smartphone model', 'Affordable tablet', 'High-resolution monitor'],
  englishStopWords,
);
const basket = { indices: Int32Array.of(0, 1), values: Float64Array.of(2, 1) };

describe('recommendation by content', () => {
  it('scores every product by its likeness to what the user has', () => {
    const scores = new Float64Array(4);
    scoreContent(matrix, basket, scores);
    expect(scores[0]).toBeCloseTo(2, 14);
    expect(scores[1]).toBeCloseTo(1, 14);
    expect(scores[2]).toBe(0);
    expect(scores[3]).toBeCloseTo(2 * 0.2371049775288231, 14);
  });

  it('explains a score by what each owned product adds to it', () => {
    const parts = explainContent(matrix, basket, 3);
    expect(parts[0]).toBeCloseTo(2 * 0.2371049775288231, 14);
    expect(parts[1]).toBe(0);
  });
});
