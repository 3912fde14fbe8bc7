// What was counted by name since the start, and how much of it in the last five minutes.
import { short } from "../shared/amounts.ts";
import { Scroll } from "../shared/scroll.tsx";
import type { Counts, Picture } from "./answers.ts";
import { type CountsName, grown, type Sample } from "./rates.ts";
import { CLOSES, TOTALS } from "./words.ts";

export function Counters({ picture, samples }: { picture: Picture; samples: readonly Sample[] }) {
  const { closes, refusals, limited, totals } = picture;
  const shownTotals = Object.fromEntries(
    Object.keys(TOTALS).map((name) => [name, totals[name as keyof typeof totals]]),
  );
  const of = (name: CountsName) => grown(samples, name);
  return (
    <div class="panel counters">
      <div class="bar">
        <h2 id="counters">Counters</h2>
        <p class="muted">total · 5 min</p>
      </div>
      <Scroll by="counters">
        <Table caption="Lines closed" counts={closes} grown={of("closes")} words={CLOSES} hasNames={true} />
        <Table caption="Refusals" counts={refusals} grown={of("refusals")} words={{}} />
        <Table caption="Limits met" counts={limited} grown={of("limited")} words={{}} />
        <Table caption="In all" counts={shownTotals} grown={of("totals")} words={TOTALS} inOrder={true} />
      </Scroll>
    </div>
  );
}

interface TableProps {
  readonly caption: string;
  readonly counts: Counts;
  readonly grown: Counts;
  readonly words: Readonly<Record<string, string>>;
  /** Whether the name stands before its words: for codes. */
  readonly hasNames?: boolean;
  /** Whether they stand as they come; else the largest is first. */
  readonly inOrder?: boolean;
}

function Table({ caption, counts, grown, words, hasNames = false, inOrder = false }: TableProps) {
  const rows = Object.entries(counts);
  if (!inOrder) rows.sort(([, one], [, other]) => other - one);
  return (
    <table>
      <caption>{caption}</caption>
      <thead class="unseen">
        <tr>
          <th scope="col">What</th>
          <th scope="col">Since the start</th>
          <th scope="col">In five minutes</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, total]) => (
          <tr key={name} class={name === "faults" && total > 0 ? "bad" : ""}>
            <th scope="row">
              {hasNames && name !== "other" && `${name} `}
              <span class={hasNames ? "muted" : ""}>{words[name] ?? (hasNames ? "" : name)}</span>
            </th>
            <td class="figure">{short(total)}</td>
            <td class="figure grown">{(grown[name] ?? 0) > 0 ? `+${short(grown[name] ?? 0)}` : ""}</td>
          </tr>
        ))}
        {rows.length === 0 && (
          <tr>
            <td class="muted" colSpan={3}>
              none
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
