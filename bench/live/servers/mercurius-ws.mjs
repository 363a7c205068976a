// Mercurius with its own subscriptions and its own pub/sub, JIT on.
import fastify from 'fastify';
import mercurius from 'mercurius';
import { everyMs, nextUpdate, typeDefs } from '../follow-document.mjs';

const app = fastify({ logger: false });
const resolvers = {
  Subscription: {
    liveMetric: {
      subscribe: (_root, _args, { pubsub }) => pubsub.subscribe('update'),
      resolve: ({ update }) => update,
    },
  },
};
await app.register(mercurius, { schema: typeDefs, resolvers, subscription: true, jit: 1 });
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' });
setInterval(
  () => app.graphql.pubsub.publish({ topic: 'update', payload: { update: nextUpdate() } }),
  everyMs,
);
