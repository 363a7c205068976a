// The hand-written SQL of the limit, by operation name. Forms were chosen by measurement: row_to_json of a
// record and string_agg beat json_build_object by a third; times as to_char, decimals as trim_scale.

/**
 * @typedef {object} Statement
 * @property {string} text
 * @property {(variables: any) => unknown[]} values
 * @property {boolean} [planAnew] for every execution, with its values: what a range of time holds decides the plan
 */

/** @param {string} column */
const time = (column) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const Q1 = `
SELECT '{"data":{"products":{"edges":[' ||
  coalesce('{"node":' || string_agg(row_to_json(t)::text, '},{"node":') || '}', '') || ']}}}'
FROM (SELECT code, name, category FROM dim_product WHERE code >= $1 ORDER BY code LIMIT 50) t`;

// The page's customers are built once each: a page by time holds a handful of invoices.
const Q2 = `
WITH s AS MATERIALIZED (
  SELECT id, invoice, quantity, unit_price, amount, sold_at, product_id, customer_id
  FROM fact_sales WHERE sold_at >= $1 ORDER BY sold_at, id LIMIT 50
), c AS MATERIALIZED (
  SELECT c.id, row_to_json(x)::text AS json
  FROM dim_customer c LEFT JOIN dim_region r ON r.id = c.region_id CROSS JOIN LATERAL (SELECT c.code, r.name AS region) x
  WHERE c.id IN (SELECT customer_id FROM s)
)
SELECT '{"data":{"sales":{"edges":[' || coalesce(string_agg(
  '{"node":{"invoice":' || to_json(s.invoice)::text || ',"quantity":' || trim_scale(s.quantity)::text
  || ',"unitPrice":' || trim_scale(s.unit_price)::text || ',"amount":' || trim_scale(s.amount)::text
  || ',"soldAt":"' || ${time('s.sold_at')} || '","product":' || row_to_json(x)::text
  || ',"customer":' || coalesce(c.json, 'null') || '}}', ',' ORDER BY s.sold_at, s.id), '') || ']}}}'
FROM s JOIN dim_product p ON p.id = s.product_id CROSS JOIN LATERAL (SELECT p.code, p.name) x
LEFT JOIN c ON c.id = s.customer_id`;

const Q3 = `
SELECT '{"data":{"customers":{"edges":[' || coalesce(string_agg(
  '{"node":{"code":' || to_json(c.code)::text || ',"sales":{"edges":[' || coalesce((
    SELECT string_agg(
      '{"node":{"invoice":' || to_json(s.invoice)::text || ',"quantity":' || trim_scale(s.quantity)::text
      || ',"amount":' || trim_scale(s.amount)::text || ',"soldAt":"' || ${time('s.sold_at')}
      || '","product":' || row_to_json(x)::text || '}}', ',' ORDER BY s.sold_at DESC, s.id DESC)
    FROM (
      SELECT id, invoice, quantity, amount, sold_at, product_id FROM fact_sales
      WHERE customer_id = c.id ORDER BY sold_at DESC, id DESC LIMIT 10
    ) s
    JOIN dim_product p ON p.id = s.product_id CROSS JOIN LATERAL (SELECT p.code, p.name) x
  ), '') || ']}}}', ',' ORDER BY c.code), '') || ']}}}'
FROM (SELECT id, code FROM dim_customer WHERE code >= $1 ORDER BY code LIMIT 20) c`;

// Reports: a fact carries its UTC day as yyyymmdd, which is cheaper to group by than date_trunc of a time.
const RANGE = 'sold_at >= $1 AND sold_at < $2';

// Lines are first put together to invoices: twenty times fewer rows are then counted distinct.
const R1 = `
SELECT '{"data":{"report":{"rows":[' || coalesce(string_agg(
  '{"at":"' || to_char(to_date(month::text, 'YYYYMM'), 'YYYY-MM-DD') || 'T00:00:00.000Z","values":['
  || '{"metric":"REVENUE","value":' || trim_scale(revenue)::text || '},{"metric":"ORDERS","value":' || orders::text
  || '},{"metric":"CUSTOMERS","value":' || customers::text || '}]}', ',' ORDER BY month), '') || ']}}}'
FROM (
  SELECT month, sum(amount) AS revenue, count(*) FILTER (WHERE kind = 'SALE') AS orders,
    count(DISTINCT customer_id) AS customers
  FROM (
    SELECT date_id / 100 AS month, source, invoice, kind, customer_id, sum(amount) AS amount
    FROM fact_sales WHERE ${RANGE} GROUP BY 1, 2, 3, 4, 5
  ) invoices GROUP BY month
) months`;

const R2 = `
SELECT '{"data":{"report":{"rows":[' || coalesce(string_agg(
  '{"at":"' || to_char(quarter, 'YYYY-MM-DD') || 'T00:00:00.000Z","keys":[{"value":' || coalesce(to_json(name)::text, 'null')
  || '}],"values":[{"value":' || trim_scale(revenue)::text || '}]}', ',' ORDER BY quarter, name), '') || ']}}}'
FROM (
  SELECT date_trunc('quarter', to_date(month::text, 'YYYYMM')) AS quarter, name, sum(amount) AS revenue
  FROM (
    SELECT date_id / 100 AS month, region_id, sum(amount) AS amount FROM fact_sales WHERE ${RANGE} GROUP BY 1, 2
  ) months LEFT JOIN dim_region r ON r.id = region_id GROUP BY 1, 2
) quarters`;

const R3 = `
SELECT '{"data":{"report":{"rows":[' || coalesce(string_agg(
  '{"keys":[{"value":' || to_json(p.code)::text || ',"label":' || coalesce(to_json(p.name)::text, 'null')
  || '}],"values":[{"value":' || trim_scale(revenue)::text || '}]}', ',' ORDER BY revenue DESC, p.code), '') || ']}}}'
FROM (
  SELECT product_id, sum(amount) AS revenue FROM fact_sales WHERE ${RANGE} GROUP BY 1 ORDER BY 2 DESC LIMIT 20
) best JOIN dim_product p ON p.id = best.product_id`;

/** @type {Record<string, Statement>} */
export const statements = {
  Q1: { text: Q1, values: ({ from }) => [from] },
  Q2: { text: Q2, values: ({ from }) => [from] },
  Q3: { text: Q3, values: ({ from }) => [from] },
  R1: { text: R1, values: ({ from, to }) => [from, to], planAnew: true },
  R2: { text: R2, values: ({ from, to }) => [from, to], planAnew: true },
  R3: { text: R3, values: ({ from, to }) => [from, to], planAnew: true },
};
