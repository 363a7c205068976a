// Prisma's schema engine as WebAssembly: the same migrations as `prisma migrate`, without its native binary.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

/** Tables that the engine must leave alone: none. */
export const noFilter = { externalTables: [], externalEnums: [] };

/** What is used here of a global that Node has and its type definitions leave to the browser's. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, Record<string, unknown>>,
  ): Promise<{ readonly instance: { readonly exports: Record<string, unknown> } }>;
};

/** Where the engine leaves word of a bug of its own before it stops; without this object the word is lost. */
const panics = {
  text: '',
  set_message: (text: string) => {
    panics.text = text;
  },
};
Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: panics });

/**
 * The engine lets the timer of its lock (ten seconds) run on after its work; a command that is done must not wait for it.
 */
function startTimer(callback: () => void, delayMs: number): NodeJS.Timeout {
  return setTimeout(callback, delayMs).unref();
}

let loading: Promise<void> | undefined;

/** Node 20 cannot import a .wasm file as a module, so it is instantiated here, once per process. */
async function loadWasm(): Promise<void> {
  const packageFolder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
  const bytes = await readFile(join(packageFolder, 'schema_engine_bg.wasm'));
  const imports = Object.entries(engineModule).map(([name, value]): [string, unknown] => [
    name,
    name.startsWith('__wbg_setTimeout_') ? startTimer : value,
  ]);
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': Object.fromEntries(imports),
  });
  engineModule.__wbg_set_wasm(instance.exports);
  const start = instance.exports.__wbindgen_start;
  if (typeof start === 'function') start();
}

/** Runs `work` with a schema engine on the database of `url`, and frees both afterwards. */
export async function withSchemaEngine<T>(
  url: string,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  loading ??= loadWasm();
  await loading;
  // One connection: what the engine sets on its session must hold for all of its statements.
  const pool = new pg.Pool({ connectionString: url, max: 1, application_name: 'flywheel migrate' });
  pool.on('error', () => {});
  try {
    const factory = bindMigrationAwareSqlAdapterFactory(new WholeScripts(pool, url));
    const engine = await engineModule.SchemaEngine.new({ datamodels: undefined }, () => {}, factory);
    try {
      return await work(engine);
    } catch (error) {
      throw panics.text === '' ? error : new Error(panics.text, { cause: error });
    } finally {
      engine.free();
    }
  } finally {
    await pool.end();
  }
}

/**
 * The pg adapter cuts a script at every semicolon, also inside a function's body, and runs the pieces one by
 * one. Sent as one message, a script is one transaction, all applied or not at all, as with the native engine.
 */
class WholeScripts implements SqlMigrationAwareDriverAdapterFactory {
  readonly provider = 'postgres';
  readonly adapterName = '@prisma/adapter-pg';
  readonly #pool: pg.Pool;
  readonly #url: string;

  constructor(pool: pg.Pool, url: string) {
    this.#pool = pool;
    this.#url = url;
  }

  connect(): Promise<SqlDriverAdapter> {
    return adapt(this.#pool, async () => {});
  }

  /** A new, empty database beside the other, dropped when the engine has read from it. */
  async connectToShadowDb(): Promise<SqlDriverAdapter> {
    const name = `flywheel_shadow_${process.pid}_${Date.now()}`;
    await this.#pool.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0`);
    const shadowUrl = new URL(this.#url);
    shadowUrl.pathname = `/${name}`;
    const shadowPool = new pg.Pool({ connectionString: shadowUrl.href, max: 1 });
    shadowPool.on('error', () => {});
    return adapt(shadowPool, async () => {
      await shadowPool.end();
      await this.#pool.query(`DROP DATABASE ${pg.escapeIdentifier(name)}`);
    });
  }
}

async function adapt(pool: pg.Pool, dispose: () => Promise<void>): Promise<SqlDriverAdapter> {
  const characters = new CharacterColumns();
  const adapter = await new PrismaPg(characters.hide(pool)).connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => characters.restore(await queryRaw(query));
  adapter.executeScript = async (script) => {
    await pool.query(script);
  };
  adapter.dispose = dispose;
  return adapter;
}

const characterOid = 18;
const textOid = 25;

/**
 * The server's catalogue holds its flags as the type "char". The engine expects them as characters, and the pg adapter
 * rejects the type: so it is shown text, and the engine is told the truth.
 */
class CharacterColumns {
  /** By the rows of a result: which of its columns were hidden. */
  readonly #hidden = new WeakMap<object, readonly number[]>();

  hide(pool: pg.Pool): pg.Pool {
    const query = async (config: pg.QueryArrayConfig): Promise<pg.QueryArrayResult> => {
      const result = await pool.query(config);
      const places = [...result.fields.keys()].filter((at) => result.fields[at]?.dataTypeID === characterOid);
      for (const field of result.fields) {
        if (field.dataTypeID === characterOid) field.dataTypeID = textOid;
      }
      this.#hidden.set(result.rows, places);
      return result;
    };
    return new Proxy(pool, {
      get: (target, key, receiver) => (key === 'query' ? query : Reflect.get(target, key, receiver)),
    });
  }

  restore(result: SqlResultSet): SqlResultSet {
    const places = this.#hidden.get(result.rows) ?? [];
    const columnTypes = result.columnTypes.map((type, at) =>
      places.includes(at) ? ColumnTypeEnum.Character : type,
    );
    return { ...result, columnTypes };
  }
}
