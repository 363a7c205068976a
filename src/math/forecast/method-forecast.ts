// What every forecasting method returns.

/** Point forecasts of one method, and what its intervals are made from. Plain data. */
export interface MethodForecast {
  /** For 1 to h periods after the last value. */
  readonly mean: Float64Array;
  /** One-step forecasts of the known values, as long as they are; NaN where the method had none yet. */
  readonly fitted: Float64Array;
  /** Variance of the error at each step ahead, as a multiple of that of one-step errors. */
  readonly spread: Float64Array;
  /** Free numbers that were estimated from the series; what the variance of the one-step errors is corrected by. */
  readonly freeParameters: number;
  /** The estimated weights by name, for people. */
  readonly parameters: Readonly<Record<string, number>>;
}
