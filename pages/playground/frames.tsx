// Every frame that passed, both ways, newest first; what may be taken along of them.
import { size, time } from "../shared/amounts.ts";
import { Scroll } from "../shared/scroll.tsx";
import { ADDRESS } from "./line.ts";
import type { Parts } from "./parts.ts";
import { DRAWN_MAX, memberOf, type Row, rowsShown, type State, type Store } from "./state.ts";
import { asCode, jsonLines } from "./texts.ts";

const WAYS = { in: ["←", "heard"], out: ["→", "said"], note: ["·", ""] } as const;

export function Frames({ state, store }: Parts) {
  const rows = rowsShown(state);
  const drawn = rows.slice(-DRAWN_MAX).reverse();
  const left = [
    rows.length > drawn.length && `the newest ${DRAWN_MAX} of ${rows.length}`,
    state.goneRows > 0 && `${state.goneRows} older ones are not kept`,
    state.untold > 0 && `${state.untold} came faster than they could be listed`,
  ].filter(Boolean);
  return (
    <div class="panel frames">
      <Bar state={state} store={store} rows={rows} />
      {state.shown !== null && <Shown shown={state.shown} close={() => store.set({ shown: null })} />}
      <Scroll by="frames">
        <ol>
          {drawn.map((row) => (
            <Frame key={row.id} row={row} name={memberOf(state, row.member)?.name ?? "gone"} />
          ))}
        </ol>
        {rows.length === 0 && (
          <p class="muted empty">
            {state.rows.length === 0 ? "Nothing has passed yet." : "Nothing of that has passed."}
          </p>
        )}
        {left.length > 0 && <p class="muted empty">Shown: {left.join("; ")}.</p>}
      </Scroll>
    </div>
  );
}

function Bar({ state, store, rows }: { state: State; store: Store; rows: readonly Row[] }) {
  const show = (title: string, text: string) => {
    store.set({ shown: { title, text } });
  };
  const whose = memberOf(state, state.whose === 0 ? state.speaker : state.whose);
  return (
    <div class="bar">
      <h2 id="frames">Frames</h2>
      <label class="narrow">
        <span class="unseen">Whose frames</span>
        <select value={state.whose} onChange={({ currentTarget }) => store.set({ whose: Number(currentTarget.value) })}>
          <option value={0}>Everybody</option>
          {state.members.map(({ n, name }) => (
            <option key={n} value={n}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="narrow">
        <span class="unseen">Filter by words</span>
        <input
          type="search"
          placeholder="Filter"
          autocomplete="off"
          spellcheck={false}
          value={state.filter}
          onInput={({ currentTarget }) => store.set({ filter: currentTarget.value })}
        />
      </label>
      <button
        type="button"
        class="quiet"
        disabled={rows.length === 0}
        onClick={() => show(`${rows.length} rows as .jsonl`, jsonLines(rows, state.members))}
      >
        .jsonl
      </button>
      <button
        type="button"
        class="quiet"
        disabled={whose === undefined}
        onClick={() => whose !== undefined && show(`${whose.name} as code`, asCode(ADDRESS, whose, state.rows))}
      >
        As code
      </button>
      <button
        type="button"
        class="quiet"
        disabled={state.rows.length === 0}
        onClick={() => store.set({ rows: [], goneRows: 0, untold: 0 })}
      >
        Empty
      </button>
    </div>
  );
}

/** A text to take along. Where there is no clipboard (http) the selected text is copied the old way, and it stands there to be copied by hand. */
function Shown({ shown: { title, text }, close }: { shown: NonNullable<State["shown"]>; close: () => void }) {
  const copy = async (button: HTMLButtonElement) => {
    const field = button.closest("div")?.parentElement?.querySelector("textarea");
    field?.select();
    const isOld = document.execCommand("copy");
    try {
      if (!isOld) await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copy it by hand";
    }
  };
  return (
    <div class="shown">
      <div class="bar">
        <h3>{title}</h3>
        <button type="button" class="quiet" key={text} onClick={({ currentTarget }) => void copy(currentTarget)}>
          Copy
        </button>
        <button type="button" class="quiet" onClick={close}>
          Close
        </button>
      </div>
      <textarea readOnly rows={8} aria-label={title} value={text} spellcheck={false} />
    </div>
  );
}

function Frame({ row, name }: { row: Row; name: string }) {
  const { at, gapMs, member, direction, text, bytes, type, seq } = row;
  const [arrow, words] = WAYS[direction];
  const gap = gapMs < 1 ? "" : `+${time(gapMs)}`;
  return (
    <li class={`${direction} m${member % 8}`}>
      <details>
        <summary>
          <span class="time">{clock(at)}</span>
          <span class="gap muted">{gap}</span>
          <b class="of">{name}</b>
          <span class="way" aria-hidden="true">
            {arrow}
          </span>
          <span class="unseen">{words}</span>
          <span class="type">{type}</span>
          <span class="seq muted">{seq === null ? "" : `#${seq}`}</span>
          <span class="size muted">{direction === "note" ? "" : size(bytes)}</span>
          <code class="text">{withoutType(text.slice(0, 300), type)}</code>
        </summary>
        <pre>{pretty(text)}</pre>
      </details>
    </li>
  );
}

/** By this page's clock, to the millisecond. */
function clock(at: number): string {
  const date = new Date(at);
  const two = (n: number) => `${n}`.padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${`${date.getMilliseconds()}`.padStart(3, "0")}`;
}

/** The type of a frame stands before it, where it is what the frame says first. */
function withoutType(text: string, type: string): string {
  const head = `{"type":"${type}",`;
  return text.startsWith(head) ? `{${text.slice(head.length)}` : text;
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
