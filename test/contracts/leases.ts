// The contract of leases: one holder at a time, and what becomes of a duty when its holder goes.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Lease, Leases } from '../../src/core/lease.js';
import { contractTimeoutMs, createGate, eventually, newName } from './log-server.js';

export interface LeaseServer {
  /** Leases as another process would have them. */
  connect(holder: string): Leases;
  /** A process whose way to the server can end: by a cut, which both sides see, or in silence, which neither sees. */
  connectMortal(holder: string): Promise<{
    readonly leases: Leases;
    cut(): void;
    silence(): void;
  }>;
  /** Writes under the lease in one transaction, running `meanwhile` before the commit; rejects when it is lost. */
  write(lease: Lease, text: string, meanwhile?: () => Promise<void>): Promise<void>;
  /** What was written under leases of that name, in order. */
  written(name: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Holds until the test is over, and remembers every lease that it was given. */
interface Holding {
  readonly leases: Lease[];
  readonly faults: unknown[];
  stop(): Promise<void>;
}

function untilLost({ lost }: Lease): Promise<void> {
  return new Promise((resolve) => {
    if (lost.aborted) resolve();
    else lost.addEventListener('abort', () => resolve(), { once: true });
  });
}

function hold(leases: Leases, name: string, work: (lease: Lease) => Promise<void> = untilLost): Holding {
  const ending = new AbortController();
  const given: Lease[] = [];
  const faults: unknown[] = [];
  const held = leases.hold(
    name,
    async (lease) => {
      given.push(lease);
      await work(lease);
    },
    { signal: ending.signal, onFault: (error) => faults.push(error) },
  );
  return {
    leases: given,
    faults,
    async stop() {
      ending.abort();
      await held;
    },
  };
}

function current(holdings: readonly Holding[]): Lease[] {
  return holdings.flatMap(({ leases }) => leases).filter(({ lost }) => !lost.aborted);
}

export function describeLeases(name: string, open: () => Promise<LeaseServer>): void {
  describe(`leases: ${name}`, { timeout: contractTimeoutMs }, () => {
    let opened: LeaseServer | undefined;
    const holdings: Holding[] = [];

    function server(): LeaseServer {
      if (opened === undefined) throw new Error('The server of the suite did not open.');
      return opened;
    }

    function start(leases: Leases, duty: string, work?: (lease: Lease) => Promise<void>): Holding {
      const holding = hold(leases, duty, work);
      holdings.push(holding);
      return holding;
    }

    beforeAll(async () => {
      opened = await open();
    }, 60_000);

    afterEach(async () => {
      await Promise.all(holdings.splice(0).map((holding) => holding.stop()));
    }, 60_000);

    afterAll(async () => {
      await opened?.close();
    });

    it('has one holder of ten, one after another, with growing numbers', async () => {
      const duty = newName('duty');
      const contenders = Array.from({ length: 10 }, (_, index) =>
        start(server().connect(`no. ${index}`), duty),
      );
      const seen: bigint[] = [];
      for (let round = 0; round < 5; round += 1) {
        await eventually(() => expect(current(contenders)).toHaveLength(1));
        const [lease] = current(contenders);
        if (lease === undefined) throw new Error('Nobody holds the lease.');
        seen.push(lease.number);
        await contenders.find(({ leases }) => leases.includes(lease))?.stop();
        expect(lease.lost.aborted).toBe(true);
      }
      expect(seen).toEqual(seen.toSorted((a, b) => Number(a - b)));
      expect(new Set(seen).size).toBe(5);
    });

    it('gives duties of other names to others', async () => {
      const both = [newName('duty'), newName('duty')].map((duty) => start(server().connect('one'), duty));
      await eventually(() => expect(current(both)).toHaveLength(2));
    });

    it('passes on when the connection of the holder is cut', async () => {
      const duty = newName('duty');
      const mortal = await server().connectMortal('mortal');
      const first = start(mortal.leases, duty);
      await eventually(() => expect(current([first])).toHaveLength(1));
      const second = start(server().connect('heir'), duty);
      mortal.cut();
      await eventually(() => expect(current([second])).toHaveLength(1));
      await eventually(() => expect(current([first])).toHaveLength(0));
      expect(second.leases[0]?.number).toBeGreaterThan(first.leases[0]?.number ?? 0n);
    });

    it('passes on when the holder falls silent, who gives up before that', async () => {
      const duty = newName('duty');
      const mortal = await server().connectMortal('mortal');
      let gaveUp = false;
      let tookEarly = false;
      const first = start(mortal.leases, duty, async (lease) => {
        await untilLost(lease);
        gaveUp = true;
      });
      await eventually(() => expect(current([first])).toHaveLength(1));
      const second = start(server().connect('heir'), duty, async (lease) => {
        tookEarly ||= !gaveUp;
        await untilLost(lease);
      });
      mortal.silence();
      await eventually(() => expect(current([second])).toHaveLength(1));
      expect(tookEarly).toBe(false);
    });

    it('stays with a holder that works for longer than a lease lasts', async () => {
      const duty = newName('duty');
      const first = start(server().connect('first'), duty);
      await eventually(() => expect(current([first])).toHaveLength(1));
      const second = start(server().connect('second'), duty);
      // Ten looks of the second at the least, while the first renews.
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      expect(second.leases).toEqual([]);
      expect(first.leases).toHaveLength(1);
    });

    it('lets no one write who has lost it', async () => {
      const duty = newName('duty');
      const mortal = await server().connectMortal('zombie');
      const first = start(mortal.leases, duty);
      await eventually(() => expect(current([first])).toHaveLength(1));
      const [zombie] = first.leases;
      if (zombie === undefined) throw new Error('Nobody holds the lease.');
      await server().write(zombie, 'while it held');
      const second = start(server().connect('heir'), duty);
      mortal.cut();
      await eventually(() => expect(current([second])).toHaveLength(1));
      const [heir] = second.leases;
      if (heir === undefined) throw new Error('Nobody holds the lease.');
      await expect(server().write(zombie, 'too late')).rejects.toMatchObject({ name: 'LeaseLost' });
      await server().write(heir, 'after it');
      expect(await server().written(duty)).toEqual(['while it held', 'after it']);
    });

    it('waits for what its holder is about to commit, and is renewed meanwhile', async () => {
      const duty = newName('duty');
      const mortal = await server().connectMortal('slow');
      const first = start(mortal.leases, duty);
      await eventually(() => expect(current([first])).toHaveLength(1));
      const [lease] = first.leases;
      if (lease === undefined) throw new Error('Nobody holds the lease.');
      const second = start(server().connect('heir'), duty, async (given) => {
        await server().write(given, 'by the heir');
        await untilLost(given);
      });
      const begun = createGate();
      const held = createGate();
      const writing = server().write(lease, 'by the first', async () => {
        begun.open();
        await held.opened;
      });
      await begun.opened;
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      expect(lease.lost.aborted).toBe(false);
      mortal.cut();
      await eventually(() => expect(lease.lost.aborted).toBe(true));
      expect(second.leases).toEqual([]);
      held.open();
      await writing;
      await eventually(async () =>
        expect(await server().written(duty)).toEqual(['by the first', 'by the heir']),
      );
    });

    it('is given back and taken again when the work rejects, and its faults are told', async () => {
      const duty = newName('duty');
      let attempts = 0;
      const holding = start(server().connect('clumsy'), duty, async (lease) => {
        attempts += 1;
        if (attempts < 3) throw new Error(`attempt ${attempts}`);
        await untilLost(lease);
      });
      await eventually(() => expect(attempts).toBe(3));
      expect(holding.faults.map(String)).toEqual(['Error: attempt 1', 'Error: attempt 2']);
      expect(holding.leases.map(({ number }) => number)).toEqual([1n, 2n, 3n]);
    });

    it('ends when it is told to, after the work has ended', async () => {
      const duty = newName('duty');
      const gate = createGate();
      let ended = false;
      const holding = start(server().connect('one'), duty, async (lease) => {
        await untilLost(lease);
        await gate.opened;
        ended = true;
      });
      await eventually(() => expect(current([holding])).toHaveLength(1));
      const stopping = holding.stop();
      await eventually(() => expect(current([holding])).toHaveLength(0));
      expect(ended).toBe(false);
      gate.open();
      await stopping;
      expect(ended).toBe(true);
      // Given back, so that the next one need not wait for its time to run out.
      const next = start(server().connect('next'), duty);
      await eventually(() => expect(current([next])).toHaveLength(1));
    });
  });
}
