// The soak as a picture: a strip for each figure over the minutes, as plain SVG.

import type { Sample } from "./samples.ts";

const WIDTH = 720;
const STRIP = 120;
const LEFT = 70;
const TOP = 26;

const STRIPS: [title: string, read: (sample: Sample) => number, color: string][] = [
  ["RSS, MB", ({ rssMB }) => rssMB, "#b5442e"],
  ["open descriptors", ({ descriptors }) => descriptors, "#2e6fb5"],
  ["event-loop lag p99, ms", ({ lagP99Ms }) => lagP99Ms, "#7a4fb0"],
  ["CPU, % of a core", ({ cpuShare }) => cpuShare * 100, "#2f8f5b"],
];

export function plot(samples: readonly Sample[], title: string): string {
  const height = TOP + STRIPS.length * STRIP + 24;
  const minutes = samples.at(-1)?.minute ?? 1;
  const x = (minute: number) => LEFT + (minute / minutes) * (WIDTH - LEFT - 16);
  const strips = STRIPS.map(([name, read, color], i) => {
    const values = samples.map(read).filter(Number.isFinite);
    const max = Math.max(1, ...values) * 1.1;
    const bottom = TOP + (i + 1) * STRIP - 10;
    const y = (value: number) => bottom - (Math.min(value, max) / max) * (STRIP - 30);
    const points = samples.map((sample) => `${x(sample.minute).toFixed(1)},${y(read(sample)).toFixed(1)}`).join(" ");
    return [
      `<text x="${LEFT}" y="${bottom - STRIP + 26}" fill="${color}">${name}</text>`,
      `<line x1="${LEFT}" y1="${bottom}" x2="${WIDTH - 16}" y2="${bottom}" stroke="#999"/>`,
      `<text x="${LEFT - 6}" y="${bottom}" text-anchor="end">0</text>`,
      `<text x="${LEFT - 6}" y="${y(max / 1.1) + 4}" text-anchor="end">${(max / 1.1).toFixed(max < 10 ? 1 : 0)}</text>`,
      `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="1.5"/>`,
    ].join("\n");
  });
  const marks = Array.from({ length: 5 }, (_, i) => {
    const minute = (minutes * i) / 4;
    return `<text x="${x(minute)}" y="${height - 10}" text-anchor="middle">${minute.toFixed(1)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="${LEFT}" y="16" font-size="13">${title}</text>`,
    ...strips,
    ...marks,
    `<text x="${WIDTH - 12}" y="${height - 10}" text-anchor="end">min</text>`,
    "</svg>\n",
  ].join("\n");
}
