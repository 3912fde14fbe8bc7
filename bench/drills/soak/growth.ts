// Whether anything grew. Least squares over the second half: the first is warm-up, and two single samples would measure the
// moment of a collection.

import { median } from "../../stats.ts";
import type { Sample } from "./samples.ts";

const RSS_SLOPE_MAX_MB_A_MINUTE = 1;
/** Descriptors beside those of open lines: lines that are just closing come and go. */
const SPARE_DESCRIPTORS_MAX = 32;

/** The slope of the memory in MB a minute, and all that must not be. */
export function growth(samples: readonly Sample[]): { rssSlope: number; failures: string[] } {
  const half = samples.slice(samples.length >> 1);
  const rssSlope = slope(half.map(({ minute, rssMB }) => [minute, rssMB]));
  const spare = (some: readonly Sample[]) => median(some.map(({ descriptors, lines }) => descriptors - lines));
  const quarter = Math.max(1, samples.length >> 2);
  const moreSpare = spare(samples.slice(-quarter)) - spare(samples.slice(quarter, 2 * quarter));
  const last = samples.at(-1);
  const checks: [fails: boolean, text: string][] = [
    // Written so that NaN fails: too few samples prove nothing.
    [!(rssSlope < RSS_SLOPE_MAX_MB_A_MINUTE), `RSS grew by ${rssSlope.toFixed(2)} MB a minute`],
    [!(moreSpare <= SPARE_DESCRIPTORS_MAX), `${moreSpare} more descriptors than lines`],
    [last?.faults !== 0, `${last?.faults} faults`],
    [last?.dropped !== 0, `${last?.dropped} frames dropped`],
  ];
  return { rssSlope, failures: checks.flatMap(([fails, text]) => (fails ? [text] : [])) };
}

/** Of the line that fits best; NaN for fewer than two points. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const covariance = mean(points.map(([x, y]) => (x - meanX) * (y - meanY)));
  return covariance / mean(points.map(([x]) => (x - meanX) ** 2));
}
