// What a member says: a form for each request of the wire, and beside it the frame as it goes out, which may be made into anything.
import { type Field, type Form, isJson, requestOf, type Typed } from "./form.ts";
import type { Parts } from "./parts.ts";
import { isOn, type Member, memberOf, type State } from "./state.ts";

export function Compose({ state, store, party, forms }: Parts & { forms: readonly Form[] }) {
  const speaker = memberOf(state, state.speaker);
  const form = forms.find(({ type }) => type === state.type) ?? forms[0];
  if (speaker === undefined || form === undefined) return null;
  const key = `${speaker.n} ${form.type}`;
  const typed: Typed = { ...filledIn(form, speaker, state), ...state.typed[key] };
  const text = state.raw ?? requestOf(form, typed);
  const type = (name: string, value: string) =>
    store.set({ raw: null, typed: { ...state.typed, [key]: { ...state.typed[key], [name]: value } } });
  const optional = form.fields.filter(({ isNeeded }) => !isNeeded);
  const set = optional.filter(({ name }) => (typed[name] ?? "") !== "").length;
  const fieldOf = (field: Field) => (
    <Input
      key={key + field.name}
      field={field}
      value={typed[field.name] ?? ""}
      type={(value) => type(field.name, value)}
    />
  );
  return (
    <section class="panel compose" aria-labelledby="says">
      <div class="bar">
        <h2 id="says">{speaker.name} says</h2>
        <label>
          <span class="unseen">Request</span>
          <select
            value={form.type}
            onChange={({ currentTarget }) => store.set({ type: currentTarget.value, raw: null })}
          >
            {forms.map((one) => (
              <option key={one.type}>{one.type}</option>
            ))}
          </select>
        </label>
      </div>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!party.say(speaker.n, text)) store.set({ says: `${speaker.name} has no line: connect it first.` });
        }}
      >
        <p class="muted">{form.about}</p>
        {form.fields.filter(({ isNeeded }) => isNeeded).map(fieldOf)}
        {optional.length > 0 && (
          <details key={form.type}>
            <summary>
              {optional.length} more{set > 0 ? `, ${set} filled in` : ""}
            </summary>
            {optional.map(fieldOf)}
          </details>
        )}
        <datalist id="members">
          {state.members.map(({ clientId, name }) => (
            <option key={clientId} value={clientId}>
              {name}
            </option>
          ))}
        </datalist>
        <label class="field">
          <span>The frame, as it goes out{state.raw === null ? "" : ": your own"}</span>
          <textarea
            rows={4}
            spellcheck={false}
            autocomplete="off"
            autocapitalize="off"
            value={text}
            onInput={({ currentTarget }) => store.set({ raw: currentTarget.value })}
          />
        </label>
        <p class="row">
          <button type="submit" class="main" disabled={!isOn(speaker)}>
            Send as {speaker.name}
          </button>
          {state.raw !== null && (
            <button type="button" class="quiet" onClick={() => store.set({ raw: null })}>
              Back to the form
            </button>
          )}
          <span class="muted">{isJson(text) ? "" : "This is no JSON. It may be sent all the same."}</span>
        </p>
      </form>
    </section>
  );
}

/** What is known without asking: whoever opens or joins a room has an id and a secret already, and the code of the room that is there. */
function filledIn({ type, fields }: Form, member: Member, { members }: State): Typed {
  const has = (name: string) => fields.some((field) => field.name === name);
  if (has("secret") && has("clientId")) {
    const { clientId, secret, name, since, epoch } = member;
    const own = { clientId, secret, name };
    if (has("maxClients")) return { ...own, maxClients: "8", away: "60", history: "64" };
    const room = member.room || (members.find((one) => one.room !== "")?.room ?? "");
    return member.room !== "" && epoch !== "" ? { ...own, room, since: `${since}`, epoch } : { ...own, room };
  }
  return type === "send" ? { data: '{"hello":"party"}' } : {};
}

interface InputProps {
  readonly field: Field;
  readonly value: string;
  readonly type: (value: string) => void;
}

function Input({ field, value, type }: InputProps) {
  const { name, about, isNeeded } = field;
  const hint = [about, takesWords(field)].filter(Boolean).join(" ");
  const id = `field-${name}`;
  const own = {
    id,
    value,
    "aria-describedby": hint === "" ? undefined : `${id}-hint`,
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) => type(currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id}>
        <b>{name}</b>
        {isNeeded ? "" : " (may be left out)"}
      </label>
      <Control field={field} own={own} />
      {hint !== "" && (
        <small id={`${id}-hint`} class="muted">
          {hint}
        </small>
      )}
    </div>
  );
}

interface Own {
  readonly id: string;
  readonly value: string;
  readonly onInput: (event: { currentTarget: { value: string } }) => void;
}

function Control({ field: { name, takes, isNeeded, options }, own }: { field: Field; own: Own }) {
  if (options !== undefined) {
    return (
      <select {...own}>
        <option value="">{isNeeded ? "Choose…" : "–"}</option>
        {options.map((option) => (
          <option key={option} value={option}>
            {option.replaceAll('"', "")}
          </option>
        ))}
      </select>
    );
  }
  const plain = { autocomplete: "off", autocapitalize: "off", spellcheck: false } as const;
  if (takes === "json") return <textarea rows={2} {...plain} {...own} />;
  const list = /^(to|clientId)$/.test(name) ? "members" : undefined;
  return <input {...plain} inputmode={takes === "number" ? "numeric" : "text"} list={list} {...own} />;
}

function takesWords({ takes, min, max, maxLength }: Field): string {
  if (takes === "json") return "As JSON; what is none goes out as text.";
  if (takes === "list") return "Several with commas between them.";
  if (takes === "number" && min !== undefined) return max === undefined ? `From ${min}.` : `${min} to ${max}.`;
  return maxLength === undefined ? "" : `At most ${maxLength} characters.`;
}
