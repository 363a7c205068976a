// What every part of one statement shares while it is written.

import type { RawBuilder } from 'kysely';
import type { Scope } from '../../core/scope.js';
import type { Catalogue } from '../catalogue.js';
import type { ListNode, Read } from './tree.js';
import type { BooleanSql } from './where.js';

export interface Statement {
  readonly catalogue: Catalogue;
  /** Who asks; statements are compiled and cached by it. */
  readonly scope: Scope;
  readonly reads: readonly Read[];
  readonly nextAlias: () => string;
  /** Writes a connection; handed down so that rows and lists, which hold one another, need not import one another. */
  readonly listJson: (
    statement: Statement,
    node: ListNode,
    parent: ((alias: string) => BooleanSql) | null,
  ) => RawBuilder<unknown>;
}
