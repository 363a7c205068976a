// Segments: which kind of customer each one is, by recency, frequency and spend.

import type { Assignment, CustomerFeatures, Segment } from '../../src/services/segmentation/contract.js';
import { builder } from '../builder.js';
import { enumOf } from '../filter-inputs.js';
import { degradedField, modelField } from '../served-fields.js';
import type { Served } from '../service-calls.js';

const segmentName = enumOf('SegmentName');

const features = builder.objectRef<CustomerFeatures>('CustomerFeatures').implement({
  description: 'What a customer, or the mean of a group of customers, looks like to the shop.',
  fields: (t) => ({
    recencyDays: t.exposeFloat('recencyDays', {
      nullable: true,
      description: 'Days since the last order, counted from the day after the newest sale; null without one.',
    }),
    frequency: t.exposeFloat('frequency', { description: 'How many orders.' }),
    spend: t.exposeFloat('spend', {
      description: 'All that was paid less what went back; or that per order, where the service is set so.',
    }),
  }),
});

const customerSegment = builder.objectRef<Served<Assignment>>('CustomerSegment').implement({
  description: 'The kind of customer that somebody is now, and what that is read from.',
  fields: (t) => ({
    name: t.field({
      type: segmentName,
      nullable: true,
      description:
        'The segment; null while nothing is known of the customer or no model is trained, or the service is away and nothing is remembered.',
      resolve: ({ result }) => result?.segment ?? null,
    }),
    cluster: t.int({
      nullable: true,
      description:
        'The number of the group within the model, the same from training to training; null for POTENTIAL.',
      resolve: ({ result }) => result?.cluster ?? null,
    }),
    features: t.field({
      type: features,
      nullable: true,
      description: 'The numbers of the customer that decide it.',
      resolve: ({ result }) => result?.features ?? null,
    }),
    model: modelField(t),
    degraded: degradedField(t),
  }),
});

const segment = builder.objectRef<Segment>('Segment').implement({
  description: 'A kind of customer.',
  fields: (t) => ({
    name: t.field({ type: segmentName, description: 'Its name.', resolve: ({ name }) => name }),
    title: t.exposeString('title', { description: 'Its name for people.' }),
    rule: t.exposeString('rule', { description: 'When customers are called so, in words.' }),
    size: t.exposeInt('size', { description: 'How many customers it had when the model was trained.' }),
    clusters: t.intList({
      description: 'The numbers of its groups.',
      resolve: ({ clusters }) => [...clusters],
    }),
    centre: t.field({
      type: features,
      nullable: true,
      description: 'The means of its customers at that time; null for POTENTIAL.',
      resolve: ({ centre }) => centre,
    }),
  }),
});

const segments = builder.objectRef<Served<readonly Segment[]>>('Segments').implement({
  description: 'The kinds of customers that there are.',
  fields: (t) => ({
    items: t.field({
      type: [segment],
      description:
        'From the newest customers to those who are gone, then those who have not bought; empty before the first training.',
      resolve: ({ result }) => [...(result ?? [])],
    }),
    model: modelField(t),
    degraded: degradedField(t),
  }),
});

builder.prismaObjectFields('Customer', (t) => ({
  segment: t.field({
    type: customerSegment,
    nullable: true,
    description:
      'The kind of customer that this is now. Null, with an error that says why, when it cannot be asked.',
    resolve: ({ code }, _args, { calls }) => calls.assign({ customer: code }),
  }),
}));

builder.queryField('segments', (t) =>
  t.field({
    type: segments,
    nullable: true,
    description:
      'The kinds of customers, their rules, sizes and means. Null, with an error that says why, when they cannot be asked for.',
    resolve: (_root, _args, { calls }) => calls.segments({}),
  }),
);
