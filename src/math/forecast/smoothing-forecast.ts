// Exponential smoothing as a forecasting method: fit, point forecasts and their spread.

import { fitSmoothing, type SmoothingFit } from './fit-smoothing.js';
import type { MethodForecast } from './method-forecast.js';
import { forecastSmoothing, type SmoothingForm } from './smoothing-model.js';
import { additiveSpread, multiplicativeVariance } from './smoothing-variance.js';

/** Fits `form` and forecasts `horizon` periods; what `fitSmoothing` asks of the values holds. */
export function forecastBySmoothing(
  form: SmoothingForm,
  values: Float64Array,
  horizon: number,
): MethodForecast {
  return forecastFromFit(fitSmoothing(form, values), values, horizon);
}

export function forecastFromFit(fit: SmoothingFit, values: Float64Array, horizon: number): MethodForecast {
  const { form, parameters, state, fitted } = fit;
  const { alpha, beta, gamma, phi } = parameters;
  const named = {
    alpha,
    ...(form.trend === 'none' ? {} : { beta }),
    ...(form.trend === 'damped' ? { phi } : {}),
    ...(form.season === 'none' ? {} : { gamma }),
  };
  return {
    mean: forecastSmoothing(form, phi, state, horizon),
    fitted,
    spread: spreadOf(fit, values, horizon),
    freeParameters: fit.freeParameters,
    parameters: named,
  };
}

function spreadOf(
  { form, parameters, state, fitted, sumOfSquares }: SmoothingFit,
  values: Float64Array,
  horizon: number,
) {
  if (form.season !== 'multiplicative') return additiveSpread(form, parameters, horizon);
  let relative = 0;
  for (let t = 0; t < values.length; t += 1) relative += ((values[t] ?? 0) / (fitted[t] ?? 1) - 1) ** 2;
  const oneStep = sumOfSquares / values.length;
  if (!(oneStep > 0)) return new Float64Array(horizon).fill(1);
  const variance = multiplicativeVariance(parameters, state, relative / values.length, horizon);
  return variance.map((value) => value / oneStep);
}
