// Before anything is measured: every server must give the answers of the limit, for all variables of a question (of a report, for some).
import { firstDifference, normalise } from './answers.mjs';
import { askOnce, asksOf } from './requests.mjs';

/**
 * Throws with the first difference that is found. Returns how many answers were compared.
 * @param {import('./server-process.mjs').RunningServer[]} servers the limit first
 * @param {import('./measure.mjs').AskedQuestion} question
 */
export async function checkAnswers(servers, question) {
  const [limit, ...others] = servers;
  const sample = question.variables.filter((_, index) => index % (question.checkEvery ?? 1) === 0);
  const expected = [];
  for (const ask of asksOf(limit, question, sample)) expected.push(normalise(await askOnce(limit, ask)));
  if (new Set(expected.map((answer) => JSON.stringify(answer))).size < expected.length / 2) {
    throw new Error(`${question.name}: its variables hardly change the answer, so a cache could give it.`);
  }
  let compared = 0;
  for (const server of others) {
    for (const [index, ask] of asksOf(server, question, sample).entries()) {
      const difference = firstDifference(expected[index], normalise(await askOnce(server, ask)));
      if (difference) {
        throw new Error(
          `${server.name} answers ${question.name} otherwise than the limit, for ${JSON.stringify(ask.variables)}: ${difference}`,
        );
      }
      compared += 1;
    }
  }
  return compared;
}
