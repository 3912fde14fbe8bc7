// The few statistics the reports need. Medians everywhere: on a shared machine a mean tells of the worst neighbour.

export function percentile(sorted: Float64Array | number[], share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  return sorted[index] ?? Number.NaN;
}

export function median(values: number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * Round by round, then the median: the two of a pair ran within a second of each other, so what the machine did to one
 * it mostly did to the other. A ratio of two medians would throw that away.
 */
export function medianRatio(mine: number[], theirs: number[]): number {
  const ratios: number[] = [];
  for (const [round, value] of mine.entries()) {
    const other = theirs[round];
    if (other !== undefined && other > 0) ratios.push(value / other);
  }
  return median(ratios);
}
