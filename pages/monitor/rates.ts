// Rates and the last five minutes, made from answers: the server keeps neither. Pure; times are the server's.
import type { Counts, Picture, RoomRow } from "./answers.ts";

export const SERIES = [
  "lines",
  "rooms",
  "members",
  "messagesIn",
  "messagesOut",
  "bytesOut",
  "cpu",
  "lag",
  "memory",
  "unread",
] as const;
export type Series = (typeof SERIES)[number];

/** What one answer gave: levels, and rates since the answer before; null where there was none before it. */
export interface Sample {
  readonly at: number;
  readonly values: Readonly<Record<Series, number | null>>;
  readonly counts: Readonly<Record<CountsName, Counts>>;
}

/** Counters that are shown by name, with how much came of late. */
export type CountsName = "closes" | "refusals" | "limited" | "totals";

export const WINDOW_MS = 300_000;
/** Between answers that are further apart nobody looked: there a line is broken. */
export const GAP_MS = 10_000;

/** The samples with that of this answer, without what is older than five minutes; another server's begin anew. */
export function sampled(samples: readonly Sample[], before: Picture | null, now: Picture): readonly Sample[] {
  if (before !== null && before.startedAt !== now.startedAt) return [sampleOf(null, now)];
  // One answer serves all who ask within a second.
  if (before?.at === now.at) return samples;
  const kept = samples.filter(({ at }) => at > now.at - WINDOW_MS && at < now.at);
  return [...kept, sampleOf(before, now)];
}

function sampleOf(before: Picture | null, picture: Picture): Sample {
  const { at, now, totals, closes, refusals, limited } = picture;
  const seconds = before === null ? 0 : (at - before.at) / 1_000;
  const rate = (of: (picture: Picture) => number) =>
    before && seconds > 0 ? (of(picture) - of(before)) / seconds : null;
  return {
    at,
    values: {
      lines: now.lines,
      rooms: now.rooms,
      members: now.here,
      messagesIn: rate(({ totals }) => totals.messagesIn),
      messagesOut: rate(({ totals }) => totals.messagesOut),
      bytesOut: rate(({ totals }) => totals.bytesOut),
      // ms of CPU a second, in hundredths.
      cpu: rate(({ totals }) => totals.cpuMs / 10),
      lag: before && worstLag(before, picture),
      memory: now.memoryBytes,
      unread: now.unreadBytes,
    },
    counts: { closes, refusals, limited, totals: { ...totals } },
  };
}

/** The bound of the latest beat between the two, in ms; later than all bounds: Infinity; null: no beat came between. */
function worstLag({ lag: before }: Picture, { lag }: Picture): number | null {
  for (let at = lag.counts.length - 1; at >= 0; at--)
    if ((lag.counts[at] ?? 0) > (before.counts[at] ?? 0)) return lag.boundsMs[at] ?? Number.POSITIVE_INFINITY;
  return null;
}

/** By how much each counter grew in the last five minutes, as far as somebody looked. */
export function grown(samples: readonly Sample[], name: CountsName): Counts {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return {};
  const [before, now] = [first.counts[name], last.counts[name]];
  return Object.fromEntries(Object.entries(now).map(([key, total]) => [key, total - (before[key] ?? 0)]));
}

export const keyOf = ({ code, dialect }: Pick<RoomRow, "code" | "dialect">) => `${code}/${dialect}`;

/** What each room was told a second, by its key; rooms that were not in the answer before have none. */
export function roomRates(before: Picture | null, now: Picture): ReadonlyMap<string, number> {
  const rates = new Map<string, number>();
  const seconds = before === null ? 0 : (now.at - before.at) / 1_000;
  if (before === null || before.startedAt !== now.startedAt || seconds <= 0) return rates;
  const was = new Map(before.rooms.map((room) => [keyOf(room), room]));
  for (const room of now.rooms) {
    const old = was.get(keyOf(room));
    // One that is younger than the answer before is another room of that code.
    if (old !== undefined && room.busy >= old.busy) rates.set(keyOf(room), (room.busy - old.busy) / seconds);
  }
  return rates;
}

/** The way of a line through the values, in a box of `width` by `height`; "" where there are not two. */
export function path(samples: readonly Sample[], of: Series, width: number, height: number): string {
  const last = samples.at(-1)?.at ?? 0;
  const finite = samples.flatMap(({ at, values }) => {
    const value = values[of];
    return value === null ? [] : [{ at, value: Math.min(value, 1e15) }];
  });
  const most = Math.max(...finite.map(({ value }) => value), Number.MIN_VALUE);
  let way = "";
  let before = Number.NEGATIVE_INFINITY;
  for (const { at, value } of finite) {
    const x = width * (1 - (last - at) / WINDOW_MS);
    const y = height - (value / most) * height;
    way += `${at - before > GAP_MS ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    before = at;
  }
  return way.includes("L") ? way : "";
}
