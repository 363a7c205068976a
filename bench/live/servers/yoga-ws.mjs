// Yoga as its documentation puts it together with graphql-ws: its own pub/sub, one execution for each subscriber and message.
import { createServer } from 'node:http';
import { useServer } from 'graphql-ws/use/ws';
import { createPubSub, createSchema, createYoga } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import { everyMs, nextUpdate, typeDefs } from '../follow-document.mjs';

const pubSub = createPubSub();
const yoga = createYoga({
  logging: false,
  graphiql: { subscriptionsProtocol: 'WS' },
  schema: createSchema({
    typeDefs,
    resolvers: {
      Subscription: {
        liveMetric: { subscribe: () => pubSub.subscribe('update'), resolve: (update) => update },
      },
    },
  }),
});
const server = createServer(yoga);
const wss = new WebSocketServer({ server, path: yoga.graphqlEndpoint });

useServer(
  {
    execute: (args) => args.rootValue.execute(args),
    subscribe: (args) => args.rootValue.subscribe(args),
    async onSubscribe(context, _id, params) {
      const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
        ...context,
        req: context.extra.request,
        socket: context.extra.socket,
        params,
      });
      const args = {
        schema,
        operationName: params.operationName,
        document: parse(params.query),
        variableValues: params.variables,
        contextValue: await contextFactory(),
        rootValue: { execute, subscribe },
      };
      const errors = validate(args.schema, args.document);
      return errors.length > 0 ? errors : args;
    },
  },
  wss,
);

setInterval(() => pubSub.publish('update', nextUpdate()), everyMs);
server.listen(Number(process.env.PORT), '127.0.0.1');
