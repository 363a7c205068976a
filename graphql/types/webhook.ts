// Webhooks: addresses that decisions are sent to, signed; kept and seen by operators alone.

import type { WebhookRecord, WebhookWithSecret } from '../../src/flywheel/webhooks/webhooks.js';
import type { DeadLetterRow } from '../../src/warehouse/wheel/webhook-deliveries.js';
import { builder } from '../builder.js';
import { requireOperator } from '../require-operator.js';
import { rowsWanted } from '../rows-wanted.js';
import { decisionKind } from './decision-kind.js';

const keeping = 'keep webhooks';

const deadLetter = builder.objectRef<DeadLetterRow>('WebhookDeadLetter').implement({
  description: 'A decision that could not be delivered to a webhook and was given up.',
  fields: (t) => ({
    decision: t.exposeString('decisionId', {
      description: 'The id of the decision, as it is in the header webhook-id.',
    }),
    attempts: t.exposeInt('attempts', { description: 'How often it was tried.' }),
    fault: t.exposeString('fault', { nullable: true, description: 'Why the last attempt failed.' }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When the decision was put on its way.',
    }),
  }),
});

const deadLettersDefault = 50;

const webhook = builder.objectRef<WebhookRecord>('Webhook').implement({
  description:
    'An address that every decision of its kinds is sent to as it is made, at least once, signed as Standard Webhooks describes it.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'What the mutations know it by.' }),
    url: t.exposeString('url', { description: 'Where decisions are sent, each with one POST.' }),
    kinds: t.field({
      type: [decisionKind],
      description: 'The kinds of decisions that are sent; empty for all.',
      resolve: ({ kinds }) => [...kinds],
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was registered.' }),
    deliveredAt: t.expose('deliveredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it last took a decision; null if it never has.',
    }),
    waiting: t.exposeInt('waiting', {
      description:
        'How many decisions are on their way to it, those included that failed and are tried again.',
    }),
    dead: t.exposeInt('dead', {
      description:
        'How many decisions were given up after about ten attempts, or at once when it answered 410.',
    }),
    deadLetters: t.field({
      type: [deadLetter],
      description: 'The decisions that were given up, newest first.',
      args: {
        first: t.arg.int({
          required: true,
          defaultValue: deadLettersDefault,
          description: 'How many are given.',
        }),
      },
      resolve: async ({ id }, { first }, context) => {
        const wanted = rowsWanted(first, context.limits.pageRows);
        return [...(await context.webhooks.deadLetters(id, wanted))];
      },
    }),
  }),
});

const webhookSecret = builder.objectRef<WebhookWithSecret>('WebhookSecret').implement({
  description: 'A webhook, and the secret that its messages are signed with from now on.',
  fields: (t) => ({
    webhook: t.field({ type: webhook, description: 'The webhook.', resolve: (one) => one.webhook }),
    secret: t.exposeString('secret', {
      description: 'For whoever receives the messages, to check their signatures. It is never shown again.',
    }),
  }),
});

builder.queryField('webhooks', (t) =>
  t.field({
    type: [webhook],
    description: 'The addresses that decisions are sent to, oldest first. Needs the role operator.',
    resolve: async (_root, _args, context) => {
      requireOperator(context.scope, 'see webhooks');
      return [...(await context.webhooks.list())];
    },
  }),
);

builder.mutationField('addWebhook', (t) =>
  t.field({
    type: webhookSecret,
    description:
      'Sends every decision from now on to an address, which must answer each within 10 seconds with a status from 200 to 299; otherwise it is sent again, later and later, for about a day and a half. Decisions may come twice and in any order; the header webhook-id tells which are the same. Needs the role operator.',
    args: {
      url: t.arg.string({
        required: true,
        description:
          'The address, http or https. One of this machine or of a private network is refused, unless the gateway is set to allow it.',
      }),
      kinds: t.arg({
        type: [decisionKind],
        required: true,
        defaultValue: [],
        description: 'The kinds of decisions that are sent; all unless given.',
      }),
    },
    resolve: (_root, { url, kinds }, context) => {
      requireOperator(context.scope, keeping);
      return context.webhooks.add(url, kinds);
    },
  }),
);

builder.mutationField('removeWebhook', (t) =>
  t.field({
    type: webhook,
    description:
      'Sends nothing more to an address, and forgets what was on its way there. The webhook as it was. Needs the role operator.',
    args: { id: t.arg.id({ required: true, description: 'The webhook.' }) },
    resolve: (_root, { id }, context) => {
      requireOperator(context.scope, keeping);
      return context.webhooks.remove(id);
    },
  }),
);

builder.mutationField('rotateWebhookSecret', (t) =>
  t.field({
    type: webhookSecret,
    description:
      'Gives a webhook another secret. The one before it signs too until the next rotation, so that nothing is refused while the receiver changes over. Needs the role operator.',
    args: { id: t.arg.id({ required: true, description: 'The webhook.' }) },
    resolve: (_root, { id }, context) => {
      requireOperator(context.scope, keeping);
      return context.webhooks.rotateSecret(id);
    },
  }),
);

builder.mutationField('retryWebhook', (t) =>
  t.field({
    type: webhook,
    description:
      'Sends decisions that were given up once more, with all attempts before them as at first. Needs the role operator.',
    args: {
      id: t.arg.id({ required: true, description: 'The webhook.' }),
      decisions: t.arg.stringList({
        description: 'The ids of the decisions, as `deadLetters` gives them; all of them unless given.',
      }),
    },
    resolve: (_root, { id, decisions }, context) => {
      requireOperator(context.scope, keeping);
      return context.webhooks.retry(id, decisions ?? null);
    },
  }),
);
