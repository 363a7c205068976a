// What the subscribers of the bench ask, and the update that the limit and the peers say: the same bytes as Flywheel's.

/** Subscribers who ask with the same number share what is executed for them, where a server shares anything. @param {number} cohort */
export const document = (cohort) =>
  `subscription { m${cohort}: liveMetric(metric: EVENTS, every: ALL) { metric windowStart windowEnd keys { value } value final revision watermark cursor notice } }`;

/** Messages of 15 kB, so that what nobody reads soon fills the buffers of the system. */
export const bulkyDocument = `subscription { liveMetric(metric: EVENTS, every: ALL) { ${Array.from({ length: 200 }, (_, place) => `c${place}: cursor`).join(' ')} } }`;

export const everyMs = 100;

export const typeDefs = /* GraphQL */ `
  scalar DateTime
  enum MetricName { EVENTS }
  enum Grain { ALL }
  type DimensionKey { value: String }
  type MetricUpdate {
    metric: MetricName!
    windowStart: DateTime
    windowEnd: DateTime
    keys: [DimensionKey!]!
    value: Float
    final: Boolean
    revision: Int
    watermark: DateTime
    cursor: String!
    notice: String
  }
  type Query { ping: String }
  type Subscription { liveMetric(metric: MetricName!, every: Grain!): MetricUpdate! }
`;

let revision = 0;

/** The next update. */
export function nextUpdate() {
  revision += 1;
  return {
    metric: 'EVENTS',
    windowStart: null,
    windowEnd: null,
    keys: [],
    value: revision * 50,
    final: false,
    revision,
    watermark: new Date().toISOString(),
    cursor: Buffer.from(`${revision}.8d6d2f6e-6c2b-4a57-9f0e-0d7b2f4a9c11`).toString('base64url'),
    notice: null,
  };
}
