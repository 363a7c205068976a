// The one schema builder: plugins and the types that all of the schema shares; it declares no type itself.

import SchemaBuilder from '@pothos/core';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import type PrismaTypes from '../prisma/generated/pothos.js';
import { getDatamodel } from '../prisma/generated/pothos.js';
import type { GatewayContext } from './context.js';
import { readExtension } from './extensions.js';
import { parseGlobalId } from './global-id.js';

export interface BuilderTypes {
  Context: GatewayContext;
  PrismaTypes: PrismaTypes;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string | number | bigint };
    /** A decimal travels as text, so that no digit is lost. */
    Decimal: { Input: string; Output: { toString(): string } };
    DateTime: { Input: string; Output: Date };
  };
}

export const builder = new SchemaBuilder<BuilderTypes>({
  plugins: [PrismaPlugin, RelayPlugin],
  defaultFieldNullability: false,
  prisma: {
    client: (context) => context.prisma,
    dmmf: getDatamodel(),
    exposeDescriptions: true,
    filterConnectionTotalCount: true,
  },
  relay: {
    encodeGlobalID: (typename, id) => `${typename}:${id}`,
    decodeGlobalID: parseGlobalId,
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    nodeTypeOptions: {
      description: 'Anything that has an id of its own and can be fetched again by it.',
    },
    idFieldOptions: {
      extensions: readExtension({ kind: 'identity' }),
      description: 'An id that is unique in the whole API; pass it to `node` to fetch this object again.',
    },
  },
});

builder.queryType({
  description: 'What can be asked: the data of the warehouse, and the metrics computed from it.',
});
