// The port of leases: a duty that one process at a time holds, wherever the processes are.

/** What a holder shows: whoever held the duty before has a smaller number. */
export interface Lease {
  readonly name: string;
  readonly number: bigint;
  /** Aborted as soon as the lease may be somebody else's; work under it stops then. */
  readonly lost: AbortSignal;
}

export interface Leases {
  /**
   * Waits for its turn, runs `work` while it holds the lease, and waits again whenever `work` ends by losing it; resolves
   * when `signal` is aborted and `work` has ended. A holder that died is followed within 10 s. When `work` rejects, the
   * lease is given back and taken again after a pause; `onFault` is told.
   */
  hold(
    name: string,
    work: (lease: Lease) => Promise<void>,
    options: { readonly signal: AbortSignal; onFault(error: unknown): void },
  ): Promise<void>;
}
