// All looks, in the order in which a person reads them: first what everything else needs, last the one that takes a minute.
import { broken, type Finding, skipped } from "./findings.ts";
import {
  addressCounted,
  askedFor,
  clock,
  limited,
  phonesReach,
  reached,
  secure,
  storage,
  takesRooms,
} from "./overHttp.ts";
import { bigFrame, silence, socketOpens, trips } from "./overLine.ts";
import type { Look, Patient } from "./patient.ts";

export const LOOKS: readonly Look[] = [
  { title: "HTTP", run: reached },
  { title: "WebSocket", run: socketOpens },
  { title: "Round trips", run: trips },
  { title: "Large message", run: bigFrame },
  { title: "Your address", run: addressCounted },
  { title: "Host", run: askedFor },
  { title: "Open", run: takesRooms },
  { title: "Limits", run: limited },
  { title: "Storage", run: storage },
  { title: "Browser", run: secure },
  { title: "Clock", run: clock },
  { title: "Phones", run: phonesReach },
  { title: "Silence", run: silence },
];

interface Told {
  /** The look of this number is being made, or is done. */
  found(index: number, finding: Finding): void;
  waits(index: number, seconds: number): void;
}

/** Makes all looks, one after the other. Ends early where it is stopped. */
export async function examine(told: Told, stop: AbortSignal, skip: AbortSignal): Promise<void> {
  let current = 0;
  const patient: Patient = {
    ...{ doesHttpAnswer: false, line: null, me: null, roomRefused: "", seen: null, aheadMs: 0, clockErrorMs: 0 },
    ...{ stop, skip, waits: (seconds) => told.waits(current, seconds) },
  };
  for (const [index, look] of LOOKS.entries()) {
    if (stop.aborted) break;
    current = index;
    told.found(index, { standing: "checking", says: "" });
    const finding = await attempt(look, patient);
    if (!stop.aborted) told.found(index, finding);
  }
  patient.line?.close();
}

/** A browser that we have never seen may lack anything: the other looks are made all the same. */
async function attempt(look: Look, patient: Patient): Promise<Finding> {
  try {
    return await look.run(patient);
  } catch (error) {
    return patient.stop.aborted
      ? skipped("")
      : broken(`The look itself failed (${error}): tell whoever made this page.`);
  }
}
