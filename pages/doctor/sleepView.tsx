// The sleep test as a card: what to do, how far it is, and what happened.
import { time } from "../shared/amounts.ts";
import { Mark } from "../shared/mark.tsx";
import { TONES, WORDS } from "./findings.ts";
import { sleepRows, sleepVerdict } from "./result.ts";
import type { Sleep, Slept } from "./sleep.ts";

export interface SleepDoes {
  startSleep(): void;
  stopSleep(): void;
}

export function SleepCard({ sleep, does }: { sleep: Sleep; does: SleepDoes }) {
  const isRunning = sleep.at === "opening" || sleep.at === "awake" || sleep.at === "woken";
  return (
    <section class="card sleep" aria-labelledby="sleep">
      <h2 id="sleep">Sleep test</h2>
      <p role="status">{told(sleep)}</p>
      {sleep.at === "awake" && (
        <p class="muted">
          <span class="figure">{sleep.came}</span> numbers heard so far, one a second.
        </p>
      )}
      {sleep.at === "done" && <Rows slept={sleep.slept} />}
      {isRunning ? (
        <button type="button" onClick={does.stopSleep}>
          Stop
        </button>
      ) : (
        <button type="button" class="main" onClick={does.startSleep}>
          {sleep.at === "ready" ? "Start" : "Start again"}
        </button>
      )}
    </section>
  );
}

function told(sleep: Sleep) {
  switch (sleep.at) {
    case "ready":
      return "What a player misses whose phone was locked: two members of a room in this page, one tells the other a number a second.";
    case "opening":
      return "Opening a room…";
    case "awake":
      return <strong>Lock the phone for 20 seconds, then unlock it.</strong>;
    case "woken":
      return `Awake again after ${time(sleep.sleptMs)}: looking what came…`;
    case "done": {
      const { standing, says } = sleepVerdict(sleep.slept);
      return (
        <>
          <Mark tone={TONES[standing]} word={WORDS[standing]} /> {says}
        </>
      );
    }
    case "failed":
      return (
        <>
          <Mark tone="bad" word={WORDS.broken} /> {sleep.why}
        </>
      );
    default:
      return sleep satisfies never;
  }
}

function Rows({ slept }: { slept: Slept }) {
  return (
    <dl class="rows">
      {sleepRows(slept).map(([what, how]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>{how}</dd>
        </div>
      ))}
    </dl>
  );
}
