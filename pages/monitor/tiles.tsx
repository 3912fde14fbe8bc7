// The figures that an operator looks at first, each with its last five minutes.
import { short, size } from "../shared/amounts.ts";
import type { Picture } from "./answers.ts";
import { path, type Sample, type Series } from "./rates.ts";

const [WIDTH, HEIGHT] = [120, 30];

interface Tile {
  readonly label: string;
  readonly of: Series;
  readonly unit: string;
  readonly shown: (value: number) => string;
  readonly more?: (picture: Picture) => string;
}

const TILES: readonly Tile[] = [
  { label: "Lines", of: "lines", unit: "", shown: short, more: ({ now }) => also(now.listeners, "listening") },
  { label: "Rooms", of: "rooms", unit: "", shown: short },
  {
    label: "Members",
    of: "members",
    unit: "",
    shown: short,
    more: ({ now }) => both(also(now.away, "away"), also(now.audience, "watching")),
  },
  { label: "Messages in", of: "messagesIn", unit: "/s", shown: short },
  { label: "Messages out", of: "messagesOut", unit: "/s", shown: short },
  { label: "Bytes out", of: "bytesOut", unit: "/s", shown: size },
  { label: "CPU", of: "cpu", unit: "%", shown: short },
  { label: "Lag", of: "lag", unit: "", shown: (ms) => (ms > 1e9 ? "> 1 s" : `≤ ${ms} ms`) },
  { label: "Memory", of: "memory", unit: "", shown: size, more: ({ now }) => `rooms keep ${size(now.keptBytes)}` },
  { label: "Unread", of: "unread", unit: "", shown: size },
];

function also(n: number, what: string): string {
  return n === 0 ? "" : `${short(n)} ${what}`;
}

function both(one: string, other: string): string {
  return one && other ? `${one}, ${other}` : one + other;
}

export function Tiles({ picture, samples }: { picture: Picture; samples: readonly Sample[] }) {
  const last = samples.at(-1);
  return (
    <dl class="tiles">
      {TILES.map(({ label, of, unit, shown, more }) => {
        const value = last?.values[of] ?? null;
        return (
          <div key={of} class={`tile ${of}`}>
            <dt>{label}</dt>
            <dd>
              <span class="value">{value === null ? "–" : shown(value)}</span>
              {value !== null && unit !== "" && <span class="unit">{unit}</span>}
              <span class="more">{more?.(picture)}</span>
              <Spark way={path(samples, of, WIDTH, HEIGHT - 2)} />
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function Spark({ way }: { way: string }) {
  return (
    <svg viewBox={`0 -1 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={way} />
    </svg>
  );
}
