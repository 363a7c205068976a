// q2: a page of 50 sales by time, from a given time on, each with its product and its customer.

const FIELDS = 'invoice quantity unitPrice amount soldAt';

/** @type {import('./question.d.mts').Question} */
export const sales = {
  name: 'q2',
  title: '50 sales, product, customer',
  // A hundred moments, 89 hours apart, over the year that the data covers.
  variablesSql: `
    SELECT json_build_object('first', 50, 'from',
      to_char(timestamp '2010-12-01 08:00' + place * interval '89 hours', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) AS variables
    FROM generate_series(0, 99) AS place ORDER BY place`,
  documents: {
    flywheel: `query Q2($first: Int!, $from: DateTime!) {
      sales(first: $first, filter: {soldAt: {gte: $from}}, orderBy: [{soldAt: ASC}]) {
        edges { node { ${FIELDS} product { code name } customer { code region } } }
      }
    }`,
    lists: `query Q2($first: Int!, $from: DateTime!) {
      sales(first: $first, from: $from) { ${FIELDS} product { code name } customer { code region } }
    }`,
    postgraphile: `query Q2($first: Int!, $from: Datetime!) {
      sales: allSalesList(first: $first, filter: {soldAt: {greaterThanOrEqualTo: $from}}, orderBy: [SOLD_AT_ASC, PRIMARY_KEY_ASC]) {
        ${FIELDS} product: productByProductId { code name }
        customer: customerByCustomerId { code region: regionByRegionId { name } }
      }
    }`,
  },
};
