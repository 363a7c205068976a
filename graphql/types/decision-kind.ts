// What a decision is about, as the API names it.

import { enumOf } from '../filter-inputs.js';

export const decisionKind = enumOf('DecisionKind');
