// Shows a person what is being done and for how long, on stderr: a line in place at a terminal, plain lines elsewhere.

export interface Progress {
  /**
   * Runs `work` as a step with a title, and shows it once it has lasted a second. `work` may say how far it is by calling
   * what it is given.
   */
  step<T>(title: string, work: (say: (detail: string) => void) => Promise<T>): Promise<T>;
}

const shownAfterMs = 1_000;
const redrawEveryMs = 1_000;
const repeatEveryMs = 10_000;

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  return {
    async step(title, work) {
      const startedMs = Date.now();
      let detail = '';
      let isShown = false;
      const line = () => `${title} ...${detail === '' ? '' : ` ${detail}`}`;
      const show = () => {
        const ending = stream.isTTY ? '' : '\n';
        stream.write(`${stream.isTTY ? '\r\u001b[K' : ''}${line()}${ending}`);
        isShown = true;
      };
      const first = setTimeout(show, shownAfterMs);
      const repeat = setInterval(show, stream.isTTY ? redrawEveryMs : repeatEveryMs);
      try {
        const result = await work((said) => {
          detail = said;
        });
        if (isShown) {
          const seconds = ((Date.now() - startedMs) / 1_000).toFixed(1);
          stream.write(`${stream.isTTY ? '\r\u001b[K' : ''}${title}: done in ${seconds} s\n`);
        }
        return result;
      } catch (error) {
        if (isShown && stream.isTTY) stream.write('\n');
        throw error;
      } finally {
        clearTimeout(first);
        clearInterval(repeat);
      }
    },
  };
}
