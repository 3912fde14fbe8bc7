// The page as it looks: a search, the groups, and under each what can be asked and told, folded until somebody opens it.
import type { Entry, Group, Table } from "./read.ts";

export interface Picture {
  readonly version: string;
  /** Those that are shown. */
  readonly groups: readonly Group[];
  readonly words: string;
  /** Ids of those that are open. */
  readonly open: ReadonlySet<string>;
}

export interface Does {
  search(words: string): void;
  toggle(id: string, isOpen: boolean): void;
}

const FILES = [
  ["openapi.json", "HTTP, as OpenAPI 3.1"],
  ["asyncapi.json", "all wires, as AsyncAPI 3.0"],
  ["party.schema.json", "the party wire, as JSON Schema"],
  ["party2.schema.json", "the party2 wire"],
  ["sessionserver.schema.json", "the sessionserver wire"],
  ["live.schema.json", "the live socket"],
] as const;

export function Docs({ picture, does }: { picture: Picture; does: Does }) {
  const { groups, version, words } = picture;
  const count = groups.reduce((sum, { entries }) => sum + entries.length, 0);
  return (
    <>
      <header>
        <h1>Docs</h1>
        <p class="muted">What this server takes and tells, as of version {version}.</p>
        <a class="brand" href="/home">
          Partyline
        </a>
      </header>
      <nav aria-label="Contents">
        <label>
          <span class="label">Search</span>
          <input
            type="search"
            value={words}
            placeholder="join, secret, 409 …"
            autocomplete="off"
            onInput={({ currentTarget }) => does.search(currentTarget.value)}
          />
        </label>
        <p class="muted small" role="status">
          {count === 0 ? "Nothing has these words." : `${count} calls and frames`}
        </p>
        <ul>
          {groups.map(({ id, name, entries }) => (
            <li key={id}>
              <a href={`#${id}`}>{name}</a> <span class="muted">{entries.length}</span>
            </li>
          ))}
        </ul>
        <h2>For machines</h2>
        <ul>
          {FILES.map(([file, says]) => (
            <li key={file}>
              <a href={`/docs/${file}`}>{file}</a>
              <span class="muted small about"> {says}</span>
            </li>
          ))}
        </ul>
      </nav>
      <div class="groups">
        {groups.map((group) => (
          <section key={group.id} id={group.id} aria-label={group.name}>
            <h2>{group.name}</h2>
            <p class="muted">{group.says}</p>
            {group.entries.map((entry) => (
              <EntryView key={entry.id} entry={entry} isOpen={picture.open.has(entry.id)} does={does} />
            ))}
          </section>
        ))}
      </div>
    </>
  );
}

function EntryView({ entry, isOpen, does }: { entry: Entry; isOpen: boolean; does: Does }) {
  const { id, kind, name, says, needsToken, tables } = entry;
  return (
    <details
      id={id}
      open={isOpen}
      onToggle={({ currentTarget }) => {
        if (currentTarget.open !== isOpen) does.toggle(id, currentTarget.open);
      }}
    >
      <summary>
        <span class="kind">{kind}</span> <code>{name}</code>
        {needsToken && <span class="token">token</span>}
        <span class="says">
          <Said text={says} />
        </span>
      </summary>
      {/* Hundreds of tables would be drawn for the one that is read. */}
      {isOpen && tables.map((table) => <TableView key={table.title} table={table} />)}
    </details>
  );
}

function TableView({ table: { title, rows } }: { table: Table }) {
  if (rows.length === 0) return <p class="bare">{title}</p>;
  return (
    <table>
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">field</th>
          <th scope="col">takes</th>
          <th scope="col">what it is</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, takes, isRequired, says }) => (
          <tr key={name}>
            <th scope="row">
              <code>{name}</code>
              {!isRequired && <span class="muted small"> optional</span>}
            </th>
            <td>
              <code>{takes}</code>
            </td>
            <td>
              <Said text={says} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A text in which what stands between backticks is code. */
function Said({ text }: { text: string }) {
  return text.split("`").map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part));
}
