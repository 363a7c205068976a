// Mercurius on Fastify: JIT, its own loaders, and hand-written SQL through prepared statements.
import fastify from 'fastify';
import { GraphQLScalarType } from 'graphql';
import mercurius from 'mercurius';
import pg from 'pg';
import { typeDefs } from './lists-schema.mjs';
import { openPool, port } from './settings.mjs';

const NUMERIC = 1700;
pg.types.setTypeParser(NUMERIC, Number.parseFloat);
// With `LIMIT $2` PostgreSQL would plan every execution anew, which costs more than running it.
const pool = openPool('-c plan_cache_mode=force_generic_plan');

/**
 * @param {string} name of the prepared statement
 * @param {string} text
 * @param {unknown[]} values
 */
const rows = async (name, text, values) => (await pool.query({ name, text, values })).rows;

const SALE = `id, invoice, quantity, unit_price AS "unitPrice", amount, sold_at AS "soldAt",
  product_id AS "productId", customer_id AS "customerId"`;

const DateTime = new GraphQLScalarType({ name: 'DateTime', serialize: (value) => value.toISOString() });

const resolvers = {
  DateTime,
  Query: {
    products: (_, { first, from }) =>
      rows(
        'products',
        'SELECT code, name, category FROM dim_product WHERE code >= $1 ORDER BY code LIMIT $2',
        [from, first],
      ),
    sales: (_, { first, from }) =>
      rows('sales', `SELECT ${SALE} FROM fact_sales WHERE sold_at >= $1 ORDER BY sold_at, id LIMIT $2`, [
        from,
        first,
      ]),
    customers: (_, { first, from }) =>
      rows(
        'customers',
        `SELECT c.id, c.code, r.name AS region FROM dim_customer c LEFT JOIN dim_region r ON r.id = c.region_id
         WHERE c.code >= $1 ORDER BY c.code LIMIT $2`,
        [from, first],
      ),
  },
};

/**
 * Rows by id, in the order asked for.
 * @param {string} name
 * @param {string} text
 * @param {(number | null)[]} ids
 */
async function byId(name, text, ids) {
  const found = new Map();
  for (const row of await rows(name, text, [[...new Set(ids)]])) found.set(row.id, row);
  return ids.map((id) => found.get(id) ?? null);
}

const productsOf = (queries) =>
  byId(
    'product',
    'SELECT id, code, name, category FROM dim_product WHERE id = ANY($1)',
    queries.map(({ obj }) => obj.productId),
  );

const customersOf = (queries) =>
  byId(
    'customer',
    `SELECT c.id, c.code, r.name AS region FROM dim_customer c LEFT JOIN dim_region r ON r.id = c.region_id
     WHERE c.id = ANY($1)`,
    queries.map(({ obj }) => obj.customerId),
  );

const salesOf = async (queries) => {
  const sales = await rows(
    'customerSales',
    `SELECT s.* FROM unnest($1::int[], $2::int[]) AS asked (id, first) CROSS JOIN LATERAL (
       SELECT ${SALE} FROM fact_sales WHERE customer_id = asked.id ORDER BY sold_at DESC, fact_sales.id DESC LIMIT asked.first) s`,
    [queries.map(({ obj }) => obj.id), queries.map(({ params }) => params.first)],
  );
  const byCustomer = new Map(queries.map(({ obj }) => [obj.id, []]));
  for (const sale of sales) byCustomer.get(sale.customerId).push(sale);
  return queries.map(({ obj }) => byCustomer.get(obj.id));
};

// The loaders' own cache makes a key of every object: slower than asking for each id once, as byId does.
const opts = { cache: false };

const loaders = {
  Sale: {
    product: { loader: productsOf, opts },
    customer: { loader: customersOf, opts },
  },
  Customer: {
    sales: { loader: salesOf, opts },
  },
};

const app = fastify({ logger: false });
await app.register(mercurius, { schema: typeDefs, resolvers, loaders, jit: 1, graphiql: false });
await app.listen({ port, host: '127.0.0.1' });
