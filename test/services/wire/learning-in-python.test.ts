// Learning as another team may serve it: forty lines of Python on scikit-learn, behind a gateway's client.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { listen } from '../../../src/core/listen.js';
import {
  type CallOutcome,
  createServiceClient,
  type ServiceClientDeps,
} from '../../../src/services/host/client.js';
import { createHttpCarry } from '../../../src/services/host/http-carry.js';
import { learningBaselines } from '../../../src/services/learning/baseline.js';
import { learningMethods } from '../../../src/services/learning/contract.js';
import { describeLearningService } from '../../contracts/learning-service.js';
import { eventually } from '../../contracts/log-server.js';
import { describeWithPython } from '../../support/python.js';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const programs = {
  sound: fileURLToPath(new URL('learning_server.py', import.meta.url)),
  flawed: fileURLToPath(new URL('flawed_learning_server.py', import.meta.url)),
};

const item = { model: 'line', features: [15, 16] };
const sound = { results: [{ prediction: 19.29666937250204, examples: 3 }], model: 'sklearn/line' };

async function freePort(): Promise<number> {
  const server = createServer();
  const url = await listen(server, { host: '127.0.0.1', port: 0 }, { host: 'The host', port: 'the port' });
  await new Promise((resolve) => server.close(resolve));
  return Number(new URL(url).port);
}

await describeWithPython(requirements, 'learning by scikit-learn', (python) => {
  const running = new Set<ChildProcess>();
  afterEach(async () => {
    for (const child of running) await kill(child);
  });

  /** Resolves once its health endpoint answers. */
  async function start(program: string, port: number): Promise<ChildProcess> {
    const child = spawn(python, [program, String(port)], { stdio: 'ignore' });
    running.add(child);
    child.once('exit', () => running.delete(child));
    await eventually(async () => {
      expect(child.exitCode).toBe(null);
      expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    });
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  function callerOf(port: number, deps: Partial<ServiceClientDeps<typeof learningMethods>> = {}) {
    const outcomes: CallOutcome[] = [];
    const service = createServiceClient({
      service: 'learning',
      methods: learningMethods,
      carry: createHttpCarry({ service: 'learning', url: `http://127.0.0.1:${port}` }),
      baselines: learningBaselines,
      deadlineMs: 30_000,
      breaker: { failuresMax: 2, openMs: 50, openMsMax: 200 },
      onCall: ({ outcome }) => outcomes.push(outcome),
      ...deps,
    });
    return { service, outcomes };
  }

  describeLearningService('in Python', async () => {
    const port = await freePort();
    const child = await start(programs.sound, port);
    running.delete(child);
    return {
      carry: createHttpCarry({ service: 'learning', url: `http://127.0.0.1:${port}` }),
      close: () => kill(child),
    };
  });

  it('is not believed when its answers have another shape', async () => {
    const port = await freePort();
    await start(programs.flawed, port);
    const { service, outcomes } = callerOf(port);
    expect(await service.predict([item])).toEqual({ results: [null], model: null, degraded: true });
    expect(await service.learners([{}])).toMatchObject({ model: 'sklearn/line', degraded: false });
    expect(outcomes).toEqual(['wrong', 'ok']);
  });

  it('is not believed when it answers with what JSON does not know', async () => {
    const port = await freePort();
    await start(programs.flawed, port);
    const { service, outcomes } = callerOf(port);
    const endless = { model: 'line', features: [0, 1] };
    expect(await service.predict([endless])).toMatchObject({ results: [null], degraded: true });
    expect(outcomes).toEqual(['unavailable']);
  });

  it('is waited for no longer than the deadline, and answered for meanwhile', async () => {
    const port = await freePort();
    const child = await start(programs.sound, port);
    const { service, outcomes } = callerOf(port, { breaker: { failuresMax: 1_000 } });
    expect(await service.predict([item])).toEqual({ ...sound, degraded: false });
    // It takes connections and requests, and does nothing.
    child.kill('SIGSTOP');
    // A signal takes effect a moment after it was sent.
    await eventually(async () =>
      expect(await service.predict([item], { deadlineMs: 300 })).toEqual({ ...sound, degraded: true }),
    );
    const other = { ...item, features: [1, 2] };
    expect(await service.predict([other], { deadlineMs: 300 })).toMatchObject({
      results: [null],
      degraded: true,
    });
    expect(outcomes.slice(-2)).toEqual(['timeout', 'timeout']);
    child.kill('SIGCONT');
    await eventually(async () => expect(await service.predict([other])).toMatchObject({ degraded: false }));
  });

  it('is left alone once it is dead, tried now and then, and asked again when it is back', async () => {
    const port = await freePort();
    const child = await start(programs.sound, port);
    const { service, outcomes } = callerOf(port);
    expect(await service.predict([item])).toEqual({ ...sound, degraded: false });
    await kill(child);
    for (let call = 0; call < 3; call += 1) {
      expect(await service.predict([item])).toEqual({ ...sound, degraded: true });
    }
    expect(outcomes).toEqual(['ok', 'unavailable', 'unavailable', 'open']);
    // Trials while it is away leave the breaker open.
    await eventually(async () => {
      await service.predict([item]);
      expect(outcomes.filter((outcome) => outcome === 'unavailable').length).toBeGreaterThan(2);
    });
    await start(programs.sound, port);
    await eventually(async () =>
      expect(await service.predict([item])).toEqual({ ...sound, degraded: false }),
    );
    await service.predict([item]);
    expect(outcomes.slice(-2)).toEqual(['ok', 'ok']);
  });
});
