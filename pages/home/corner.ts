// How to join: code, QR and address, which stand in the middle while nobody is here and in a corner while people play. Which address it is,
// the person may pick; on a stream none of it is shown.
import type { Room } from "../../clients/js/src/index.ts";
import { findWay } from "../shared/address.ts";
import { at, button, drawCode, keep, write } from "../shared/dom.ts";
import { isLoopback, isPrivate, spoken } from "../shared/origins.ts";
import { drawQr } from "./qr.ts";

const machine = keep(() => localStorage);
const tab = keep(() => sessionStorage);

export interface Corner {
  /** A phone has said at which origin it found the page. */
  foundAt(origin: string): void;
}

/** Shows how to join this room. */
export async function showCorner(room: Room): Promise<Corner> {
  const code = at("code");
  const qr = at("qr");
  const select = at("origin", HTMLSelectElement);
  const hide = button("hide");
  const link = at("tryLink", HTMLAnchorElement);
  const reach = at("reach");
  let origins: readonly string[] = [];
  let trouble = "";
  let path = "";
  let isFound = false;
  let players = 1;

  const draw = () => {
    const isHidden = tab.get("hidden") !== "";
    const origin = origins.find((one) => one === machine.get("origin")) ?? origins[0];
    const url = origin + path + room.code;
    hide.setAttribute("aria-pressed", `${isHidden}`);
    write(hide, isHidden ? "Show the code" : "Hide the code");
    drawCode(code, isHidden ? "••••" : room.code, isHidden ? "The room code is hidden" : "Room code");
    document.title = isHidden ? "Partyline" : `${room.code} · Partyline`;
    qr.hidden = origin === undefined || isHidden;
    if (!qr.hidden && qr.dataset.url !== url) drawQr(qr, url);
    qr.dataset.url = qr.hidden ? "" : url;
    write("address", qr.hidden ? "" : spoken(url));
    const advice = origin !== undefined && isPrivate(origin) ? "Same Wi-Fi as this screen" : trouble;
    write("advice", isHidden ? "Hidden from the stream" : advice);
    reach.hidden = isHidden || !isFound;
    at("pick").hidden = isHidden || origins.length < 2;
    link.href = `${path + room.code}?player=${players}`;
    // Until the server has said where a code leads it may be a game of the host's.
    link.hidden = isHidden || path === "";
  };

  hide.onclick = () => {
    tab.set("hidden", tab.get("hidden") ? "" : "yes");
    draw();
  };
  select.onchange = () => {
    machine.set("origin", select.value);
    draw();
  };
  // Each tab that it opens is another player: tabs of one browser would share one seat.
  link.onclick = () => {
    setTimeout(() => {
      players++;
      draw();
    });
  };
  draw();
  ({ origins, trouble, path } = await findWay());
  select.replaceChildren(...origins.map((origin) => new Option(spoken(origin), origin)));
  select.value = machine.get("origin") || (origins[0] ?? "");
  draw();
  return {
    foundAt(origin) {
      if (!origin.startsWith("http") || isLoopback(origin) || isFound) return;
      isFound = true;
      draw();
    },
  };
}
