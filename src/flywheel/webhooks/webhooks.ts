// Webhooks as operators keep them: registered, removed, given new secrets, and their dead letters tried again.

import { FlywheelError } from '../../core/errors.js';
import { createMessageSecret } from '../../core/signed-message.js';
import { type DecisionKind, decisionKinds } from '../../events/decision.js';
import type { Database } from '../../warehouse/database.js';
import { type DeadLetterRow, readDeadRows, reviveDead } from '../../warehouse/wheel/webhook-deliveries.js';
import {
  addWebhookRow,
  readWebhookRow,
  readWebhookRows,
  removeWebhookRow,
  rotateSecret,
  type WebhookRow,
} from '../../warehouse/wheel/webhooks.js';
import { readWebhookUrl } from './webhook-url.js';

export interface WebhookRecord extends Omit<WebhookRow, 'kinds'> {
  /** The kinds of decisions that it wants; empty for all. */
  readonly kinds: readonly DecisionKind[];
}

/** A webhook and what its messages are signed with from now on, which is told this once. */
export interface WebhookWithSecret {
  readonly webhook: WebhookRecord;
  readonly secret: string;
}

/** All but `list`, `add` and `deadLetters` fail with NOT_FOUND where there is no such webhook. */
export interface Webhooks {
  /**
   * Registers one for decisions of these kinds, or all for none, from now on. BAD_INPUT for an address that cannot be
   * one or a kind that there is not, LIMIT_EXCEEDED where there are too many.
   */
  add(url: string, kinds: readonly string[]): Promise<WebhookWithSecret>;
  /** Removes it with all that was on its way; what is being sent at this moment may still arrive. */
  remove(id: string): Promise<WebhookRecord>;
  /** Another secret; the one before it signs too, until the next rotation. */
  rotateSecret(id: string): Promise<WebhookWithSecret>;
  /** Gives dead letters all of their attempts again, those of these decisions or all for null. */
  retry(id: string, decisionIds: readonly string[] | null): Promise<WebhookRecord>;
  /** The oldest first. */
  list(): Promise<readonly WebhookRecord[]>;
  /** The newest first, at most so many. */
  deadLetters(id: string, first: number): Promise<readonly DeadLetterRow[]>;
}

export interface WebhooksDeps {
  readonly database: Pick<Database, 'kysely'>;
  readonly isPrivateAllowed: boolean;
}

/** Each is served by connections of its own. */
const webhooksMax = 50;

const idForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function createWebhooks({ database, isPrivateAllowed }: WebhooksDeps): Webhooks {
  /** What `read` finds of a webhook. */
  async function found(
    id: string,
    read: (id: string) => Promise<WebhookRow | undefined>,
  ): Promise<WebhookRecord> {
    const row = idForm.test(id) ? await read(id) : undefined;
    if (row !== undefined) return recordOf(row);
    throw new FlywheelError(
      'NOT_FOUND',
      `There is no webhook "${id}"; \`webhooks\` lists those that there are.`,
    );
  }

  return {
    async add(given, wanted) {
      const kinds = kindsOf(wanted);
      for (const name of wanted) {
        if (kinds.some((kind) => kind === name)) continue;
        throw new FlywheelError(
          'BAD_INPUT',
          `There are no decisions of the kind "${name}"; those that there are: ${decisionKinds.join(', ')}.`,
        );
      }
      const url = await readWebhookUrl(given, isPrivateAllowed);
      const secret = createMessageSecret();
      const row = await addWebhookRow(database, { url, kinds, secret }, webhooksMax);
      if (row !== undefined) return { webhook: recordOf(row), secret };
      throw new FlywheelError(
        'LIMIT_EXCEEDED',
        `There are ${webhooksMax} webhooks, which is the most; remove one that is not needed any more.`,
      );
    },
    remove: (id) => found(id, (known) => removeWebhookRow(database, known)),
    async rotateSecret(id) {
      const secret = createMessageSecret();
      return { webhook: await found(id, (known) => rotateSecret(database, known, secret)), secret };
    },
    retry: (id, decisionIds) =>
      found(id, async (known) => {
        await reviveDead(database, known, decisionIds);
        return readWebhookRow(database, known);
      }),
    list: async () => (await readWebhookRows(database)).map(recordOf),
    deadLetters: (id, first) => readDeadRows(database, id, first),
  };
}

function recordOf({ kinds, ...row }: WebhookRow): WebhookRecord {
  return { ...row, kinds: kindsOf(kinds) };
}

/** Those that there are among the names, each once. */
function kindsOf(names: readonly string[]): readonly DecisionKind[] {
  return decisionKinds.filter((kind) => names.includes(kind));
}
