// The questions that GraphiQL opens with: documents of graphql/operations with variables that fit the data.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../src/core/project-root.js';

/** What the variables of the tabs are chosen from; whatever is missing leaves its variable out. */
export interface GraphiqlExamples {
  /** When the newest sale was made. */
  readonly newestSaleAt?: Date;
  /** A region that customers live in. */
  readonly region?: string;
  /** A word that stands in the names of products. */
  readonly productWord?: string;
  /** The code of a product that is bought often, and of a customer who buys often. */
  readonly product?: string;
  readonly customer?: string;
}

interface GraphiqlTab {
  readonly query: string;
  /** JSON, indented for people; absent where the document is to run without variables. */
  readonly variables?: string;
  /** JSON; only on the first tab of a gateway that needs a key. */
  readonly headers?: string;
}

/** Stands above the first question where a key is needed. */
const keyNotice = `# This gateway needs an API key: write it into "Headers"
# below, then press Re-fetch (the two arrows, bottom left).
# It serves all tabs until this page is closed.

`;

type Variables = Readonly<Record<string, unknown>>;

/**
 * The documents in the order of the tabs, each with its variables; every one of them also runs without. The first
 * answers at once, and the next ones are followed live.
 */
const questions: readonly (readonly [
  document: string,
  variables: (examples: GraphiqlExamples) => Variables,
])[] = [
  ['RevenueByMonth', () => ({})],
  ['LiveEvents', () => ({})],
  ['LiveRevenue', () => ({})],
  ['EventFeed', () => ({})],
  ['BestProducts', ({ newestSaleAt }) => lastYear(newestSaleAt)],
  ['NewestSales', () => ({ first: 20 })],
  [
    'CustomersOfRegion',
    ({ region }) =>
      region === undefined ? {} : { filter: { region: { equals: region }, sales: { some: {} } } },
  ],
  ['FindProducts', ({ productWord }) => (productWord === undefined ? {} : { search: productWord })],
  ['BusiestHours', ({ newestSaleAt }) => ({ ...lastYear(newestSaleAt), timeZone: 'UTC' })],
  ['RegionGrowth', ({ newestSaleAt }) => lastYear(newestSaleAt)],
  [
    'Recommend',
    ({ customer, product }) => ({
      ...(customer === undefined ? {} : { customers: { code: { equals: customer } } }),
      ...(product === undefined ? {} : { product }),
    }),
  ],
  ['Segments', () => ({ segment: 'LOST' })],
  ['ForecastRevenue', () => ({})],
  [
    'Predict',
    ({ customer, product }) => ({
      model: 'purchase',
      ...(customer === undefined || product === undefined ? {} : { about: { customer, product } }),
    }),
  ],
  ['Models', () => ({})],
  ['Decide', ({ customer }) => (customer === undefined ? {} : { customer })],
  [
    'ShowAndAct',
    ({ customer, product }) => ({
      ...(customer === undefined ? {} : { customer }),
      decision: 'none',
      ...(product === undefined ? {} : { product }),
    }),
  ],
  ['Decisions', () => ({})],
  ['Wheel', () => ({})],
];

/** `from` at the first day of the month a year before the newest sale, so that the period ends with the data. */
function lastYear(newestSaleAt: Date | undefined): Variables {
  if (newestSaleAt === undefined) return {};
  const from = new Date(Date.UTC(newestSaleAt.getUTCFullYear() - 1, newestSaleAt.getUTCMonth(), 1));
  return { from: from.toISOString() };
}

/** The text of a document of graphql/operations, by the name of its operation. */
function readOperation(name: string): string {
  return readFileSync(join(projectRoot, 'graphql', 'operations', `${name}.graphql`), 'utf8');
}

/** The tabs, in order. Throws when a document is missing. */
export function graphiqlTabs(examples: GraphiqlExamples, needsKey: boolean): GraphiqlTab[] {
  return questions.map(([document, variablesFor], index) => {
    const variables = variablesFor(examples);
    const asksForKey = needsKey && index === 0;
    return {
      query: `${asksForKey ? keyNotice : ''}${readOperation(document)}`,
      ...(Object.keys(variables).length === 0 ? {} : { variables: JSON.stringify(variables, null, 2) }),
      ...(asksForKey ? { headers: JSON.stringify({ Authorization: 'Bearer YOUR_KEY' }, null, 2) } : {}),
    };
  });
}
