// Who asks, and what they may see: an argument of every plan, every compilation and every report.

/** What the caller may do; a writer may also change things, an operator may also run duties. */
export type Role = 'reader' | 'writer' | 'operator';

export interface Scope {
  /** Two callers with the same key see the same rows and columns, so compiled statements are shared by key. */
  readonly key: string;
  /** The name of the caller, for logs and quotas. */
  readonly principal: string;
  readonly role: Role;
}

/** The scope of a gateway without keys: everybody is the operator and sees everything. */
export const openScope: Scope = Object.freeze({ key: 'all', principal: 'anonymous', role: 'operator' });
