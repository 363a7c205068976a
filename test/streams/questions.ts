// What one may ask a gateway beside subscriptions.

import { z } from 'zod';

const answer = z.object({ data: z.unknown(), errors: z.array(z.unknown()).optional() });
const totals = z.object({
  report: z.object({ totals: z.array(z.object({ metric: z.string(), value: z.number().nullable() })) }),
});

export interface PostAnswer {
  readonly status: number;
  readonly body: unknown;
}

export async function post(url: string, body: string, contentType: string): Promise<PostAnswer> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': contentType }, body });
  const parsed: unknown = await response.json();
  return { status: response.status, body: parsed };
}

/** The data of an answer without errors. */
export async function ask(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const { body } = await post(`${url}/graphql`, JSON.stringify({ query, variables }), 'application/json');
  const { data, errors } = answer.parse(body);
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

/** The totals of a report over all times. */
export async function report(
  url: string,
  ...metrics: readonly string[]
): Promise<Readonly<Record<string, number | null>>> {
  const data = await ask(url, `{ report(metrics: [${metrics}]) { totals { metric value } } }`);
  return Object.fromEntries(totals.parse(data).report.totals.map(({ metric, value }) => [metric, value]));
}
