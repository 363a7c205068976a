// A small frontend on the documents of graphql/operations: typed by their generated types, cached and paged by urql.

import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import {
  BestProductsDocument,
  CustomersOfRegionDocument,
  FindProductsDocument,
  NewestSalesDocument,
  RevenueByMonthDocument,
} from './generated/graphql.js';

export interface Frontend {
  /** The lines of the newest sales after so many pages, as a page that scrolls without end shows them. */
  newestSales(pageSize: number, pages: number): Promise<{ readonly id: string; readonly text: string }[]>;
  /** The customers of a region, each with the product bought last. */
  customersOf(region: string): Promise<{ readonly code: string; readonly bought: string | undefined }[]>;
  productsCalled(word: string): Promise<string[]>;
  monthlyRevenue(): Promise<{ readonly month: string; readonly revenue: number }[]>;
  bestProducts(count: number): Promise<{ readonly name: string; readonly returned: number | null }[]>;
}

const isPartOfItsParent = () => null;

export function createFrontend(url: string): Frontend {
  const client = new Client({
    url,
    preferGetMethod: false,
    exchanges: [
      cacheExchange({
        resolvers: { Query: { sales: relayPagination(), customers: relayPagination() } },
        keys: {
          Product: ({ code }) => (typeof code === 'string' ? code : null),
          Customer: ({ code }) => (typeof code === 'string' ? code : null),
          Report: isPartOfItsParent,
          ReportRow: isPartOfItsParent,
          MetricValue: isPartOfItsParent,
          DimensionKey: isPartOfItsParent,
        },
      }),
      fetchExchange,
    ],
  });

  async function ask<Data, Variables extends object>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const { data, error } = await client.query(document, variables).toPromise();
    if (error !== undefined) throw error;
    if (data === undefined) throw new Error('The server answered with neither data nor errors.');
    return data;
  }

  /** The page after a cursor, joined by the cache to all pages before it. */
  async function salesAfter(after: string | null, first: number) {
    return (await ask(NewestSalesDocument, { first, after })).sales;
  }

  return {
    async newestSales(pageSize, pages) {
      let sales = await salesAfter(null, pageSize);
      for (let page = 1; page < pages; page += 1)
        sales = await salesAfter(sales.pageInfo.endCursor, pageSize);
      return sales.nodes.map(({ id, soldAt, product }) => ({
        id,
        text: `${soldAt} ${product.name ?? product.code}`,
      }));
    },
    async customersOf(region) {
      const { customers } = await ask(CustomersOfRegionDocument, { filter: { region: { equals: region } } });
      return customers.nodes.map(({ code, sales }) => ({ code, bought: sales.nodes[0]?.product.code }));
    },
    async productsCalled(word) {
      const { products } = await ask(FindProductsDocument, { search: word });
      return products.nodes.map(({ name, code }) => name ?? code);
    },
    async monthlyRevenue() {
      const { report } = await ask(RevenueByMonthDocument, {});
      return report.rows.map(({ at, values }) => ({
        month: at?.slice(0, 7) ?? '',
        revenue: values.find(({ metric }) => metric === 'REVENUE')?.value ?? 0,
      }));
    },
    async bestProducts(count) {
      const { report } = await ask(BestProductsDocument, { first: count });
      return report.rows.map(({ keys, values }) => ({
        name: keys[0]?.label ?? keys[0]?.value ?? '',
        returned: values.find(({ metric }) => metric === 'RETURN_RATE')?.value ?? null,
      }));
    },
  };
}
