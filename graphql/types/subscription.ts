// The root of subscriptions; each subscription is declared beside the types that it gives.

import { builder } from '../builder.js';

builder.subscriptionType({
  description:
    'What can be followed as it happens, over WebSocket (graphql-transport-ws) or server-sent events at /graphql. Every message carries a cursor: whoever lost the connection subscribes again `after` the last one, on any gateway, and misses nothing.',
});
