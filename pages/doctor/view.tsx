// What the doctor looks like: a verdict, the list of looks, the sleep test and the result as text.
import { Mark } from "../shared/mark.tsx";
import { type Finding, TONES, WORDS } from "./findings.ts";
import { LOOKS } from "./looks.ts";
import { SILENCE_S } from "./overLine.ts";
import { verdict } from "./result.ts";
import type { Sleep } from "./sleep.ts";
import { SleepCard, type SleepDoes } from "./sleepView.tsx";

export interface Picture {
  readonly findings: readonly Finding[];
  readonly isDone: boolean;
  /** How long the silent line has held, in seconds; null: it is not looked at. */
  readonly silentS: number | null;
  readonly sleep: Sleep;
  /** The result as text, where the browser has no clipboard; null: it is not shown. */
  readonly text: string | null;
  readonly isCopied: boolean;
}

export interface Does extends SleepDoes {
  again(): void;
  skip(): void;
  copy(): void;
}

export function Doctor({ picture, does }: { picture: Picture; does: Does }) {
  const { findings, isDone, sleep } = picture;
  return (
    <>
      <header>
        <h1>Doctor</h1>
        <p class="brand">
          <a href="/home">Partyline</a>
        </p>
        <p class="muted">What stands between this device and the server, line by line, and what to do about it.</p>
      </header>
      <section class="side" aria-label="Result">
        <Verdict {...picture} does={does} />
        <SleepCard sleep={sleep} does={does} />
      </section>
      <section class="looks" aria-labelledby="looks">
        <h2 id="looks" class="unseen">
          What was looked at
        </h2>
        <ol aria-busy={!isDone}>
          {LOOKS.map(({ title }, index) => (
            <Row key={title} title={title} finding={findings[index]} silentS={picture.silentS} does={does} />
          ))}
        </ol>
      </section>
    </>
  );
}

function Verdict({ findings, isDone, text, isCopied, does }: Picture & { does: Does }) {
  const { standing, says } = verdict(findings, isDone);
  const done = findings.filter((finding) => finding.standing !== "waiting" && finding.standing !== "checking").length;
  return (
    <div class={`card verdict ${TONES[standing]}`}>
      <p class="says" role="status">
        <Mark tone={TONES[standing]} word={says} />
      </p>
      <p class="muted">
        {isDone ? `All ${LOOKS.length} looks are made.` : `${done} of ${LOOKS.length} looks are made.`}
      </p>
      <div class="row">
        <button type="button" onClick={does.copy}>
          Copy as text
        </button>
        <button type="button" onClick={does.again}>
          Run again
        </button>
      </div>
      <p class="muted" role="status">
        {isCopied ? "Copied as text." : ""}
      </p>
      {text !== null && (
        <label class="text">
          This browser has no clipboard for this page: copy the text from here.
          <textarea readOnly rows={7} value={text} onFocus={({ currentTarget }) => currentTarget.select()} />
        </label>
      )}
    </div>
  );
}

interface RowProps {
  readonly title: string;
  readonly finding: Finding | undefined;
  readonly silentS: number | null;
  readonly does: Does;
}

function Row({ title, finding, silentS, does }: RowProps) {
  if (finding === undefined) return null;
  const { standing, says, lines, links, trips } = finding;
  const isSilent = standing === "checking" && silentS !== null;
  return (
    <li class={`finding ${standing}`}>
      <h3>{title}</h3>
      <p>
        <Mark tone={TONES[standing]} word={WORDS[standing]} />
      </p>
      <div>
        {says !== "" && <p>{says}</p>}
        {isSilent && <Silence seconds={silentS} skip={does.skip} />}
        {trips !== undefined && trips.length > 1 && <Trips trips={trips} />}
        {links !== undefined && (
          <ul class="links">
            {links.map((url) => (
              <li key={url}>
                <a href={`${url}/home`}>{url}</a>
              </li>
            ))}
          </ul>
        )}
        {lines?.map(({ of, text }) => (
          <figure key={of}>
            <figcaption>{of}</figcaption>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys too. */}
            <pre tabIndex={0}>{text}</pre>
          </figure>
        ))}
      </div>
    </li>
  );
}

function Silence({ seconds, skip }: { seconds: number; skip: () => void }) {
  return (
    <div class="silence">
      <progress max={SILENCE_S} value={seconds} aria-label="Seconds of silence" />
      <span class="figure">
        {seconds} of {SILENCE_S} s
      </span>
      <button type="button" onClick={skip}>
        Skip
      </button>
    </div>
  );
}

/** Each round trip as a bar: one that is late is seen at once. */
function Trips({ trips }: { trips: readonly number[] }) {
  const most = Math.max(...trips);
  return (
    <svg class="trips" viewBox={`0 0 ${trips.length * 8} 24`} preserveAspectRatio="none" aria-hidden="true">
      {trips.map((ms, index) => {
        const height = Math.max(1, (ms / most) * 24);
        return <rect key={index} x={index * 8} y={24 - height} width="6" height={height} />;
      })}
    </svg>
  );
}
