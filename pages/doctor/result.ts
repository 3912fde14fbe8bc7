// The result in words: of the sleep test, of the whole, and as a text that can be sent to whoever runs the server.
import { count, time } from "../shared/amounts.ts";
import { broken, type Finding, good, note, WORDS } from "./findings.ts";
import { LOOKS } from "./looks.ts";
import type { Sleep, Slept } from "./sleep.ts";

/** The whole in a few words. */
export function verdict(findings: readonly Finding[], isDone: boolean): Finding {
  const of = (standing: Finding["standing"]) => findings.filter((finding) => finding.standing === standing).length;
  const [bad, amber] = [of("broken"), of("look")];
  if (bad > 0) return broken(`${count(bad, "thing is", "things are")} broken`);
  if (amber > 0) return { standing: "look", says: `${count(amber, "thing")} to look at` };
  if (!isDone) return note("Fine so far");
  return good("Phones can play here");
}

export function sleepVerdict({ line, foundMs, backMs, said, came, twice }: Slept): Finding {
  const lost = said - came;
  if (lost > 0 || twice > 0) {
    const what = [lost > 0 && `${lost} did not come`, twice > 0 && `${twice} came twice`].filter(Boolean).join(" and ");
    return broken(`Of ${said} numbers ${what}: tell whoever made this server.`);
  }
  if (line === "alive") return good(`The line lived through it, and all ${said} numbers came, none twice.`);
  return good(
    `The line was lost, which was found ${soon(foundMs)} and mended ${time(backMs)} after waking; all ${said} numbers came, none twice.`,
  );
}

function soon(ms: number): string {
  return ms === 0 ? "at once" : `after ${time(ms)}`;
}

/** What happened, one thing a row. */
export function sleepRows({
  sleptMs,
  line,
  code,
  foundMs,
  backMs,
  said,
  came,
  late,
  twice,
}: Slept): [string, string][] {
  const stood = {
    alive: "still good",
    silent: "open, and dead",
    closed: `closed (${code})`,
  }[line];
  const rows: [string, string][] = [
    ["Asleep for", time(sleptMs)],
    ["The line on waking", stood],
  ];
  if (line !== "alive") rows.push(["Found out", soon(foundMs)], ["Back after", time(backMs)]);
  const handed = late > 0 ? `, ${late} of them handed on after coming back` : "";
  rows.push(["Numbers that came", `${came} of ${said}${handed}`], ["Came twice", twice === 0 ? "none" : String(twice)]);
  return rows;
}

/** All of it as lines of text. */
export function asText(findings: readonly Finding[], sleep: Sleep, at: Date): string {
  const lines = LOOKS.map(({ title }, index) => {
    const { standing, says } = findings[index] ?? note("");
    return `[${WORDS[standing]}] ${title}: ${says}`;
  });
  const slept =
    sleep.at === "done" ? ["", "Sleep test", ...sleepRows(sleep.slept).map(([what, how]) => `${what}: ${how}`)] : [];
  return [
    `Partyline doctor, ${location.origin}, ${at.toISOString()}`,
    navigator.userAgent,
    "",
    ...lines,
    ...slept,
    "",
  ].join("\n");
}
