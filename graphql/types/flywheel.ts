// The wheel itself: how far it has come. Every stage with its figures is a field of this type.

import { builder } from '../builder.js';

export interface FlywheelSpan {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}

export const flywheel = builder.objectRef<FlywheelSpan>('Flywheel').implement({
  description: 'The wheel from events to decisions and back, each stage with its figures.',
  fields: (t) => ({
    position: t.string({
      description:
        'The ends of the event log at this moment, to be handed to `settled`: everything that was sent before lies before it.',
      resolve: (_span, _args, { progress }) => progress.position(),
    }),
    settled: t.boolean({
      description:
        'Whether everything before a position has been read, worked out and learned, so that answers and figures hold all of it.',
      args: { position: t.arg.string({ required: true, description: 'A position that was given before.' }) },
      resolve: (_span, { position }, { progress }) => progress.settled(position),
    }),
  }),
});

builder.queryField('flywheel', (t) =>
  t.field({
    type: flywheel,
    description: 'The wheel from events to decisions and back, over all times or within a span.',
    args: {
      from: t.arg({ type: 'DateTime', description: 'Only what happened at this moment or later.' }),
      to: t.arg({ type: 'DateTime', description: 'Only what happened before this moment.' }),
    },
    resolve: (_root, { from, to }) => ({ from: from ?? undefined, to: to ?? undefined }),
  }),
);
