// What facts say of the members they point at: texts by majority (`product.name`), relations by the latest fact.

import { didYouMean } from '../../core/suggest.js';
import { columnOf, findColumn, findRelation } from '../catalogue.js';
import { type Draft, fault, timeColumn } from './draft.js';
import type { FieldSpec } from './mapping.js';
import { attributeOwner, originOf } from './origins.js';

/** Adds a field such as `product.name` or `customer.region` to the draft. */
export function addAttribute(draft: Draft, name: string, spec: FieldSpec): void {
  const place = `fields.${name}`;
  const [relationName = '', attribute = ''] = name.split('.');
  const owner = attributeOwner(draft, relationName);
  if (!owner) return;
  const { index, dimension } = owner;
  if (draft.key[0] !== 'source') {
    fault(draft, place, `only facts speak of other models; load a file of ${dimension.model.name} for this.`);
  } else if (spec.kind === 'latest') {
    addLatest(draft, place, relationName, attribute, spec.latest);
  } else {
    const texts = dimension.model.columns.filter(
      ({ type, name: column }) => type === 'String' && column !== dimension.key.name,
    );
    const column = texts.find((text) => text.name === attribute);
    if (!column) {
      const names = texts.map((text) => text.name);
      const found = findColumn(dimension.model, attribute) ? 'is not a text' : 'is not a field';
      fault(
        draft,
        place,
        `${found} of ${dimension.model.name}.${didYouMean(attribute, names)} Texts of it: ${names.join(', ') || 'none'}.`,
      );
      return;
    }
    const origin = originOf(draft, name, spec, column, true);
    const output = draft.outputs.findIndex(({ field }) => field === relationName);
    if (origin) draft.votes.push({ output, dimension: index, column, field: attribute, origin });
  }
}

function addLatest(
  draft: Draft,
  place: string,
  relationName: string,
  attribute: string,
  takenName: string,
): void {
  const member = draft.outputs.find((output) => output.field === relationName);
  const taken = draft.outputs.find((output) => output.field === takenName);
  const model = draft.dimensions[member?.dimension ?? -1]?.model;
  const takenModel = draft.dimensions[taken?.dimension ?? -1]?.model;
  const relation = model && findRelation(model, attribute);
  const from = relation?.owns && relation.from.length === 1 ? relation.from[0] : undefined;
  const time = timeColumn(draft);
  if (
    !model ||
    !member ||
    member.dimension === undefined ||
    !taken ||
    from === undefined ||
    takenModel?.name !== relation?.model ||
    !time
  ) {
    fault(
      draft,
      place,
      '"latest" needs a relation that both the member and the fact have, and a date on the fact.',
    );
    return;
  }
  draft.latest.push({
    dimension: member.dimension,
    field: attribute,
    target: columnOf(model, from),
    member: member.column,
    taken: taken.column,
    time,
  });
}
