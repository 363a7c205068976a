// r1 to r3: reports. Only the limit and Flywheel answer them: none of the peers has metrics of its own.

// From a moving first day to the end of the data.
const movingStart = `
  SELECT json_build_object(
    'from', to_char(timestamp '2010-12-01' + place * interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'to', '2011-12-10T00:00:00.000Z') AS variables
  FROM generate_series(0, 99) AS place ORDER BY place`;

// Thirty days from a hundred different days on.
const movingMonth = `
  SELECT json_build_object(
    'from', to_char(timestamp '2010-12-01' + place * interval '3 days', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'to', to_char(timestamp '2010-12-31' + place * interval '3 days', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) AS variables
  FROM generate_series(0, 99) AS place ORDER BY place`;

/** @type {import('./question.d.mts').Question[]} */
export const reports = [
  {
    name: 'r1',
    title: 'revenue, orders, customers by month',
    checkEvery: 10,
    variablesSql: movingStart,
    documents: {
      flywheel: `query R1($from: DateTime!, $to: DateTime!) {
        report(metrics: [REVENUE, ORDERS, CUSTOMERS], from: $from, to: $to, grain: MONTH,
          orderBy: [{at: true, direction: ASC}]) { rows { at values { metric value } } }
      }`,
    },
  },
  {
    name: 'r2',
    title: 'revenue by region and quarter',
    checkEvery: 10,
    variablesSql: movingStart,
    documents: {
      flywheel: `query R2($from: DateTime!, $to: DateTime!) {
        report(metrics: [REVENUE], by: [REGION], from: $from, to: $to, grain: QUARTER,
          orderBy: [{at: true, direction: ASC}, {dimension: REGION, direction: ASC}]) {
          rows { at keys { value } values { value } }
        }
      }`,
    },
  },
  {
    name: 'r3',
    title: '20 best products of a month',
    checkEvery: 10,
    variablesSql: movingMonth,
    documents: {
      flywheel: `query R3($from: DateTime!, $to: DateTime!, $first: Int = 20) {
        report(metrics: [REVENUE], by: [PRODUCT], from: $from, to: $to, first: $first,
          orderBy: [{metric: REVENUE, direction: DESC}]) {
          rows { keys { value label } values { value } }
        }
      }`,
    },
  },
];
