// A bell that one sleeper waits for: what rings while he is awake lets him pass at once next time.

export interface Bell {
  /** Ends the waiting; while nobody waits, the next one. */
  ring(): void;
  /** Resolves when the bell rings, and at the latest after that time. */
  wait(mostMs?: number): Promise<void>;
}

/** For one sleeper at a time. It costs nothing that stays, unlike a signal that is combined anew for each waiting. */
export function createBell(): Bell {
  let rung = false;
  let wakeUp: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wakeUp?.();
    },
    async wait(mostMs) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = mostMs === undefined ? undefined : setTimeout(resolve, mostMs);
          wakeUp = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wakeUp = undefined;
      }
      rung = false;
    },
  };
}
