// The form at which a guest says who he is, and the notice above it when he did not get in or is out again. It knows no room: it says that
// somebody wants to join, and shows what it is told.
import { at, drawCode, write } from "../shared/dom.ts";
import { typedCode } from "../shared/game.ts";
import { type No, noticeOf } from "./words.ts";

export interface Door {
  /** Shows the form; with a notice where there is something to say. */
  show(no?: No): void;
  /** Shows that somebody is on the way in; a seat that is taken up again asks nothing. */
  wait(isBack: boolean): void;
  hide(): void;
}

interface Wish {
  readonly name: string;
  readonly code: string;
}

/** @param join somebody wants to join under this name, in the room with this code */
export function openDoor(code: () => string, name: string, join: (wish: Wish) => void): Door {
  const door = at("door", HTMLElement);
  const title = at("title", HTMLElement);
  const notice = at("notice", HTMLElement);
  const doctor = at("doctor", HTMLElement);
  const codeRow = at("codeRow", HTMLElement);
  const newCode = at("newCode", HTMLInputElement);
  const nameRow = at("nameRow", HTMLElement);
  const nameField = at("name", HTMLInputElement);
  const button = at("join", HTMLButtonElement);
  const other = at("other", HTMLButtonElement);
  nameField.value = name;

  const askCode = (text: string) => {
    codeRow.hidden = false;
    other.hidden = true;
    newCode.value = text;
  };

  at("form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = codeRow.hidden ? code() : typedCode(newCode.value);
    const field = typed === "" ? newCode : nameField;
    const given = nameField.value.trim();
    if (typed !== "" && given !== "") join({ name: given, code: typed });
    else field.focus();
  });
  other.addEventListener("click", () => {
    askCode("");
    newCode.focus();
  });

  return {
    show(no) {
      door.hidden = false;
      nameRow.hidden = button.disabled = false;
      title.hidden = no !== undefined;
      notice.hidden = no === undefined;
      codeRow.hidden = true;
      other.hidden = false;
      button.hidden = false;
      write(button, "Join");
      write(title, "Join the room");
      drawCode(at("code", HTMLElement), code(), "Room code");
      if (no === undefined) return;
      const { title: said, text, button: label, code: field, doctor: isIll = false } = noticeOf(no);
      write(at("noticeTitle", HTMLElement), said);
      write(at("noticeText", HTMLElement), text);
      write(button, label);
      doctor.hidden = !isIll;
      nameRow.hidden = no === "replaced";
      if (field !== undefined) askCode(field === "mend" ? code() : "");
    },
    wait(isBack) {
      door.hidden = false;
      notice.hidden = true;
      title.hidden = false;
      nameRow.hidden = button.hidden = isBack;
      if (isBack) codeRow.hidden = other.hidden = true;
      write(title, isBack ? "Taking your seat again…" : "Joining…");
      button.disabled = true;
      drawCode(at("code", HTMLElement), code(), "Room code");
    },
    hide() {
      door.hidden = true;
    },
  };
}
