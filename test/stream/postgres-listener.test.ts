import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createListener } from '../../src/stream/postgres-listener.js';
import { eventually } from '../contracts/log-server.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { openWay } from '../support/way.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.close();
});

async function notify(channel: string, payload: string): Promise<void> {
  await database.pool.query('SELECT pg_notify($1, $2)', [channel, payload]);
}

describe('listener', () => {
  it('hears what is said on its channels, and calls once when listening begins', async () => {
    const listener = createListener({ url: database.url });
    const heard: [string, string | undefined][] = [];
    listener.on('one', (payload) => heard.push(['one', payload]));
    const stop = listener.on('Two "quoted"', (payload) => heard.push(['two', payload]));
    await eventually(() => expect(heard).toHaveLength(2));
    // A further callback of a channel that is listened to already.
    listener.on('one', (payload) => heard.push(['again', payload]));
    await eventually(() => expect(heard).toHaveLength(3));
    await notify('one', 'a');
    await notify('Two "quoted"', 'b');
    await notify('three', 'c');
    await eventually(() => expect(heard).toHaveLength(6));
    expect(heard).toEqual([
      ['one', undefined],
      ['two', undefined],
      ['again', undefined],
      ['one', 'a'],
      ['again', 'a'],
      ['two', 'b'],
    ]);
    stop();
    await notify('Two "quoted"', 'd');
    await notify('one', 'e');
    await eventually(() => expect(heard).toHaveLength(8));
    expect(heard.slice(6)).toEqual([
      ['one', 'e'],
      ['again', 'e'],
    ]);
    await listener.close();
  });

  it('heals, and says that something may have been missed', async () => {
    const { way, url } = await openWay(database.url);
    const faults: unknown[] = [];
    const listener = createListener({ url, onFault: (error) => faults.push(error) });
    const heard: (string | undefined)[] = [];
    listener.on('healing', (payload) => heard.push(payload));
    await eventually(() => expect(heard).toEqual([undefined]));
    way.cut();
    await notify('healing', 'lost');
    await eventually(() => expect(faults.length).toBeGreaterThan(1));
    way.mend();
    await eventually(() => expect(heard).toEqual([undefined, undefined]));
    await notify('healing', 'found');
    await eventually(() => expect(heard).toEqual([undefined, undefined, 'found']));
    await listener.close();
    await way.close();
  });

  it('tells of a callback that throws, and goes on', async () => {
    const faults: unknown[] = [];
    const listener = createListener({ url: database.url, onFault: (error) => faults.push(error) });
    const heard: (string | undefined)[] = [];
    const thrower = (payload: string | undefined) => {
      throw new Error(`cannot read ${payload}`);
    };
    listener.on('thrown at', thrower);
    listener.on('thrown at', (payload) => heard.push(payload));
    await eventually(() => expect(heard).toEqual([undefined]));
    listener.on('thrown at', thrower);
    await notify('thrown at', 'a');
    await eventually(() => expect(heard).toEqual([undefined, 'a']));
    expect(faults.map(String)).toEqual([
      'Error: cannot read undefined',
      'Error: cannot read undefined',
      'Error: cannot read a',
      'Error: cannot read a',
    ]);
    await listener.close();
  });

  it('closes without ever having connected', async () => {
    const unused = createListener({ url: database.url });
    await unused.close();
    const { way, url } = await openWay(database.url);
    way.cut();
    const failing = createListener({ url });
    failing.on('never', () => {});
    await failing.close();
    await way.close();
  });
});
