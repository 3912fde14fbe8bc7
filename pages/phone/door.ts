// The form at which a guest says who he is, and the notice above it when he did not get in or is out again. It knows no room: it says that
// somebody wants to join, and shows what it is told.
import { at, button, drawCode, write } from "../shared/dom.ts";
import { isCode, typedCode } from "../shared/game.ts";
import { type No, noticeOf } from "./words.ts";

export interface Door {
  /** Shows the form; with a notice where there is something to say. */
  show(no?: No): void;
  /** Shows that somebody is on the way in; a seat that is taken up again asks nothing. */
  wait(isBack: boolean): void;
}

/** After so long on the way in a guest is told that it is not his fault, in ms. */
const LONG_MS = 4_000;

/** @param join somebody wants to join under this name, in the room with this code */
export function openDoor(code: () => string, name: string, join: (name: string, code: string) => void): Door {
  const title = at("title");
  const notice = at("notice");
  const doctor = at("doctor");
  const codeRow = at("codeRow");
  const newCode = at("newCode", HTMLInputElement);
  const nameRow = at("nameRow");
  const nameField = at("name", HTMLInputElement);
  const go = button("join");
  let timer = 0;
  nameField.value = name;

  at("form", HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    const typed = codeRow.hidden ? code() : typedCode(newCode.value);
    nameField.value = nameField.value.trim();
    // Its browser says in its own language that something is missing: there, and for a name of blanks here.
    if (!nameField.reportValidity()) return;
    if (isCode(typed)) join(nameField.value, typed);
    else {
      show("typo", newCode.value);
      newCode.focus();
    }
  };

  /** What is the same whatever is shown; all else is what it was when nothing had happened. */
  const draw = (said: string, label: string, isWaiting: boolean) => {
    clearTimeout(timer);
    drawCode(at("code"), code(), "Room code");
    write(title, said);
    write(go, label);
    go.disabled = isWaiting;
    notice.hidden = title.hidden = doctor.hidden = codeRow.hidden = true;
    nameRow.hidden = go.hidden = at("code").hidden = false;
  };

  const show = (no?: No, typed = code()) => {
    if (no === undefined) {
      draw("Join the room", "Join", false);
      title.hidden = false;
      return;
    }
    const [said, text, label, more] = noticeOf(no);
    draw("", label, false);
    write("noticeTitle", said);
    write("noticeText", text);
    notice.hidden = false;
    nameRow.hidden = no === "replaced";
    doctor.hidden = more !== "doctor";
    codeRow.hidden = more !== "mend" && more !== "blank";
    // What is wrong stands nowhere but in the field where it is mended.
    at("code").hidden = !codeRow.hidden;
    newCode.value = more === "mend" ? typed : "";
  };

  return {
    show,
    wait(isBack) {
      draw(isBack ? "Taking your seat again…" : "Joining…", "Joining…", true);
      title.hidden = false;
      nameRow.hidden = go.hidden = isBack;
      timer = setTimeout(() => {
        write(title, navigator.onLine ? "No answer yet. Still trying…" : "Your phone is offline. Waiting for Wi-Fi…");
        doctor.hidden = false;
      }, LONG_MS);
    },
  };
}
