// PostGraphile 5 (Node 22 or newer) over the same tables: names and behaviours by smart tags, no code of ours.
import { createServer } from 'node:http';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { makeJSONPgSmartTagsPlugin } from 'postgraphile/utils';
import { PostGraphileConnectionFilterPreset } from 'postgraphile-plugin-connection-filter';
import { databaseUrl, poolSize, port } from './settings.mjs';

const hidden = { tags: { behavior: '-*' } };
const ListsAndNames = makeJSONPgSmartTagsPlugin({
  version: 1,
  config: {
    class: {
      dim_product: { tags: { name: 'product' } },
      dim_customer: { tags: { name: 'customer' } },
      dim_region: { tags: { name: 'region' } },
      fact_sales: { tags: { name: 'sale' } },
      dim_date: hidden,
    },
  },
});

const preset = {
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset],
  plugins: [ListsAndNames],
  pgServices: [
    makePgService({
      connectionString: databaseUrl,
      schemas: ['public'],
      pubsub: false,
      poolConfig: { max: poolSize, min: poolSize },
    }),
  ],
  schema: { defaultBehavior: 'list connection' },
  grafast: { explain: false },
  grafserv: { graphiql: false, websockets: false },
};

const instance = postgraphile(preset);
const http = createServer();
await instance.createServ(grafserv).addTo(http);
http.listen(port, '127.0.0.1');
