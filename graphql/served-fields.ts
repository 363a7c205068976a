// The two fields of everything that a model service answers: which model, and whether it is a stand-in.

import type { BuilderTypes } from './builder.js';
import type { Served } from './service-calls.js';

type Fields<Shape> = PothosSchemaTypes.ObjectFieldBuilder<
  PothosSchemaTypes.ExtendDefaultTypes<BuilderTypes>,
  Shape
>;

export function modelField(t: Fields<Served<unknown>>) {
  return t.exposeString('model', {
    nullable: true,
    description:
      'The model that gave this answer, now or, where it is degraded, when it was last well, such as segmentation/3; null where no model is trained or a plain stand-in is given.',
  });
}

export function degradedField(t: Fields<Served<unknown>>) {
  return t.exposeBoolean('degraded', {
    description:
      'True when the service was away, late or wrong, and this is its last good answer or a plain stand-in.',
  });
}
