import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { sparseRow } from '../../../src/math/sparse/sparse-matrix.js';
import { allNearestRows, indexRows, nearestRows } from '../../../src/math/text/cosine-neighbours.js';
import { englishStopWords } from '../../../src/math/text/english-stop-words.js';
import { fitTfIdf, type TfIdfFit, vectoriseTexts } from '../../../src/math/text/tf-idf.js';
import { tokenise } from '../../../src/math/text/tokenise.js';
import { describeWithSharedFile, sharedFile } from '../../support/shared-data.js';

describe('tokenise', () => {
  it.each([
    ['High-performance laptop', ['high', 'performance', 'laptop']],
    ['A 3D T-light, 12cm x 4', ['3d', 'light', '12cm']],
    ['snake_case and ÉTÉ', ['snake_case', 'été']],
    ['高性能 笔记本', ['高性能', '笔记本']],
    ['the of and', []],
    ['', []],
  ])('%s', (text, terms) => {
    expect(tokenise(text, englishStopWords)).toEqual(terms);
  });

  it('knows 318 stop words, and works without', () => {
    expect(englishStopWords.size).toBe(318);
    expect(tokenise('the lamp', new Set())).toEqual(['the', 'lamp']);
  });
});

describe('TF-IDF of four products', () => {
  const names = ['Laptop', 'Smartphone', 'Tablet', 'Monitor'];
  const { model, matrix } = fitTfIdf(
    ['High-performance laptop', 'Latest smartphone model', 'Affordable tablet', 'High-resolution monitor'],
    englishStopWords,
  );

  it('learns the terms in order and their weights', () => {
    expect(model.terms).toEqual(
      'affordable high laptop latest model monitor performance resolution smartphone tablet'.split(' '),
    );
    for (const [column, idf] of model.idf.entries())
      expect(idf).toBeCloseTo(column === 1 ? 1.5108256237659907 : 1.916290731874155, 14);
  });

  it('weighs the terms of each text', () => {
    const { indices, values } = sparseRow(matrix, 0);
    expect([...indices]).toEqual([1, 2, 6]);
    expect(values[0]).toBeCloseTo(0.48693426407352264, 14);
    expect(values[1]).toBeCloseTo(0.6176143709756019, 14);
  });

  it('finds two like each: equal ones in the order of the catalogue, zeros included', () => {
    const all = allNearestRows(indexRows(matrix), 2);
    expect(all.map(({ indices }) => Array.from(indices, (row) => names[row]))).toEqual([
      ['Monitor', 'Smartphone'],
      ['Laptop', 'Tablet'],
      ['Laptop', 'Smartphone'],
      ['Laptop', 'Smartphone'],
    ]);
    expect(all[0]?.scores[0]).toBeCloseTo(0.2371049775288231, 12);
    expect([...(all[1]?.scores ?? [])]).toEqual([0, 0]);
  });

  it('meets a new text with the words that it knows', () => {
    const vectors = vectoriseTexts(
      model,
      ['The latest high tablet of glass', 'nothing known'],
      englishStopWords,
    );
    expect([...sparseRow(vectors, 0).indices]).toEqual([1, 3, 9]);
    expect(sparseRow(vectors, 0).values.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 14);
    expect([...nearestRows(indexRows(matrix), sparseRow(vectors, 0), 4).indices]).toEqual([2, 1, 0, 3]);
    expect([...nearestRows(indexRows(matrix), sparseRow(vectors, 1), 2).indices]).toEqual([0, 1]);
  });

  it('has no terms where no text has', () => {
    const nothing = fitTfIdf(['the', ''], englishStopWords);
    expect(nothing.model.terms).toEqual([]);
    expect([...(allNearestRows(indexRows(nothing.matrix), 5)[1]?.indices ?? [])]).toEqual([0]);
  });

  it('orders terms by code points', () => {
    expect(fitTfIdf(['\u{10400}a \uffdaa zz zza'], new Set()).model.terms).toEqual([
      'zz',
      'zza',
      '\uffdaa',
      '\u{10428}a',
    ]);
  });
});

interface Expected {
  readonly n_terms: number;
  readonly nnz: number;
  readonly sum_of_matrix: number;
  readonly idf_min_max: readonly [number, number];
  readonly neighbours: Readonly<
    Record<string, { readonly top5: readonly (readonly [string, string, number])[] }>
  >;
}

describeWithSharedFile('reference/segment_content.json', 'TF-IDF of a real catalogue', (file) => {
  let codes: readonly string[];
  let expected: Expected;
  let fit: TfIdfFit;

  beforeAll(() => {
    const names = sharedFile('reference/product_names.json') ?? '';
    const products: readonly (readonly [string, string])[] = JSON.parse(readFileSync(names, 'utf8'));
    codes = products.map(([code]) => code);
    expected = JSON.parse(readFileSync(file, 'utf8')).tfidf_products;
    fit = fitTfIdf(
      products.map(([, name]) => name),
      englishStopWords,
    );
  });

  it('has the terms and weights of the reference', () => {
    const { model, matrix } = fit;
    expect(codes).toHaveLength(3848);
    expect(model.terms).toHaveLength(expected.n_terms);
    expect(matrix.values).toHaveLength(expected.nnz);
    expect(matrix.values.reduce((total, value) => total + value, 0)).toBeCloseTo(expected.sum_of_matrix, 8);
    expect(Math.min(...model.idf)).toBeCloseTo(expected.idf_min_max[0], 12);
    expect(Math.max(...model.idf)).toBeCloseTo(expected.idf_min_max[1], 12);
  });

  it('finds the same five neighbours, at the same cosines', () => {
    const all = allNearestRows(indexRows(fit.matrix), 5);
    expect(Object.keys(expected.neighbours).length).toBeGreaterThanOrEqual(20);
    for (const [code, { top5 }] of Object.entries(expected.neighbours)) {
      const { indices, scores } = all[codes.indexOf(code)] ?? { indices: [], scores: [] };
      expect(Array.from(indices, (row) => codes[row])).toEqual(top5.map(([other]) => other));
      for (const [rank, [, , cosine]] of top5.entries()) expect(scores[rank]).toBeCloseTo(cosine, 11);
    }
  });
});
