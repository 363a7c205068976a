// Apollo Server 5, Prisma 7 (the product's own client) and DataLoader: what most teams would build first.
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { PrismaPg } from '@prisma/adapter-pg';
import DataLoader from 'dataloader';
import { GraphQLScalarType } from 'graphql';
import { PrismaClient } from '../../dist/prisma/generated/client/client.js';
import { typeDefs } from './lists-schema.mjs';
import { databaseUrl, poolSize, port } from './settings.mjs';

/** One name per SQL text, so that PostgreSQL keeps its prepared statements. */
function statementNames() {
  const names = new Map();
  return ({ sql }) => {
    if (!names.has(sql)) names.set(sql, `p${names.size}`);
    return names.get(sql);
  };
}

const adapter = new PrismaPg(
  { connectionString: databaseUrl, max: poolSize, min: poolSize },
  { statementNameGenerator: statementNames() },
);
const prisma = new PrismaClient({ adapter });

const byId = (rows, ids) => {
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id) ?? null);
};

const saleFields = {
  invoice: true,
  quantity: true,
  unitPrice: true,
  amount: true,
  soldAt: true,
  productId: true,
  customerId: true,
};

/** Loaders live for one request, as DataLoader's guide asks. */
function createLoaders() {
  return {
    product: new DataLoader(async (ids) =>
      byId(await prisma.product.findMany({ where: { id: { in: [...ids] } } }), ids),
    ),
    customer: new DataLoader(async (ids) =>
      byId(
        await prisma.customer.findMany({ where: { id: { in: [...ids] } }, include: { region: true } }),
        ids,
      ),
    ),
    // A nested `take` reads all sales of every customer and cuts them afterwards: asking for each customer's ten
    // is faster, although it takes a statement for each.
    customerSales: new DataLoader(
      (asked) =>
        Promise.all(
          asked.map(({ id, first }) =>
            prisma.sale.findMany({
              where: { customerId: id },
              select: saleFields,
              orderBy: [{ soldAt: 'desc' }, { id: 'desc' }],
              take: first,
            }),
          ),
        ),
      { cacheKeyFn: ({ id, first }) => `${id}:${first}` },
    ),
  };
}

const resolvers = {
  DateTime: new GraphQLScalarType({
    name: 'DateTime',
    serialize: (value) => value.toISOString(),
    parseValue: (value) => new Date(value),
  }),
  Query: {
    products: (_, { first, from }) =>
      prisma.product.findMany({ where: { code: { gte: from } }, orderBy: { code: 'asc' }, take: first }),
    sales: (_, { first, from }) =>
      prisma.sale.findMany({
        where: { soldAt: { gte: from } },
        select: saleFields,
        orderBy: [{ soldAt: 'asc' }, { id: 'asc' }],
        take: first,
      }),
    customers: (_, { first, from }) =>
      prisma.customer.findMany({
        where: { code: { gte: from } },
        orderBy: { code: 'asc' },
        take: first,
        include: { region: true },
      }),
  },
  Customer: {
    region: (customer) => customer.region?.name ?? null,
    sales: (customer, { first }, { loaders }) => loaders.customerSales.load({ id: customer.id, first }),
  },
  Sale: {
    quantity: (sale) => sale.quantity.toNumber(),
    unitPrice: (sale) => sale.unitPrice.toNumber(),
    amount: (sale) => sale.amount.toNumber(),
    product: (sale, _, { loaders }) => loaders.product.load(sale.productId),
    customer: (sale, _, { loaders }) =>
      sale.customerId === null ? null : loaders.customer.load(sale.customerId),
  },
};

const server = new ApolloServer({
  typeDefs,
  resolvers,
  introspection: false,
  plugins: [ApolloServerPluginCacheControlDisabled()],
});
await startStandaloneServer(server, {
  listen: { port, host: '127.0.0.1' },
  context: async () => ({ loaders: createLoaders() }),
});
