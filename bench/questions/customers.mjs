// q3: a page of 20 customers by code, from a given code on, each with its ten newest sales and their product.

const SALE = 'invoice quantity amount soldAt';

/** @type {import('./question.d.mts').Question} */
export const customers = {
  name: 'q3',
  title: '20 customers × 10 sales, product',
  // Every forty-third code, so that twenty more follow the last one.
  variablesSql: `
    SELECT json_build_object('first', 20, 'from', code, 'sales', 10) AS variables
    FROM (SELECT code, row_number() OVER (ORDER BY code) AS place FROM dim_customer) AS numbered
    WHERE place % 43 = 1 ORDER BY place LIMIT 100`,
  documents: {
    flywheel: `query Q3($first: Int!, $from: String!, $sales: Int!) {
      customers(first: $first, filter: {code: {gte: $from}}, orderBy: [{code: ASC}]) {
        edges { node { code sales(first: $sales, orderBy: [{soldAt: DESC}]) { edges { node { ${SALE} product { code name } } } } } }
      }
    }`,
    lists: `query Q3($first: Int!, $from: String!, $sales: Int!) {
      customers(first: $first, from: $from) { code sales(first: $sales) { ${SALE} product { code name } } }
    }`,
    postgraphile: `query Q3($first: Int!, $from: String!, $sales: Int!) {
      customers: allCustomersList(first: $first, filter: {code: {greaterThanOrEqualTo: $from}}, orderBy: CODE_ASC) {
        code sales: salesByCustomerIdList(first: $sales, orderBy: [SOLD_AT_DESC, PRIMARY_KEY_DESC]) {
          ${SALE} product: productByProductId { code name }
        }
      }
    }`,
  },
};
