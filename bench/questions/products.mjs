// q1: a page of 50 products by code, from a given code on.

/** @type {import('./question.d.mts').Question} */
export const products = {
  name: 'q1',
  title: '50 products',
  // Every fortieth code, so that fifty more follow the last one.
  variablesSql: `
    SELECT json_build_object('first', 50, 'from', code) AS variables
    FROM (SELECT code, row_number() OVER (ORDER BY code) AS place FROM dim_product) AS numbered
    WHERE place % 40 = 1 ORDER BY place LIMIT 100`,
  documents: {
    flywheel: `query Q1($first: Int!, $from: String!) {
      products(first: $first, filter: {code: {gte: $from}}, orderBy: [{code: ASC}]) {
        edges { node { code name category } }
      }
    }`,
    lists: `query Q1($first: Int!, $from: String!) {
      products(first: $first, from: $from) { code name category }
    }`,
    postgraphile: `query Q1($first: Int!, $from: String!) {
      products: allProductsList(first: $first, filter: {code: {greaterThanOrEqualTo: $from}}, orderBy: CODE_ASC) {
        code name category
      }
    }`,
  },
};
