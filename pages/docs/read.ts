// Both documents as one list of what can be asked and told, each with the tables of its fields.
import { type Row, rowsOf, type Schema, takesOf } from "./shape.ts";

export interface Table {
  readonly title: string;
  readonly rows: readonly Row[];
}

export interface Entry {
  /** Its own within the page, and in an address. */
  readonly id: string;
  /** `GET`, `you send`, `you get`. */
  readonly kind: string;
  readonly name: string;
  readonly says: string;
  readonly needsToken: boolean;
  readonly tables: readonly Table[];
}

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly says: string;
  readonly entries: readonly Entry[];
}

interface Content {
  readonly "application/json"?: { readonly schema: Schema };
}

interface Operation {
  readonly summary: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

export interface OpenApi {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Ref {
  readonly $ref: string;
}

export interface AsyncApi {
  readonly channels: Readonly<Record<string, { readonly address: string; readonly description: string }>>;
  readonly operations: Readonly<Record<string, { readonly messages: readonly Ref[] }>>;
  readonly components: {
    readonly messages: Readonly<
      Record<string, { readonly name: string; readonly summary: string; readonly payload: Schema }>
    >;
  };
}

export function groupsOf(http: OpenApi, wires: AsyncApi): Group[] {
  const calls = Object.entries(http.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => call(method.toUpperCase(), path, operation)),
  );
  const says = "Plain HTTP: bodies and answers are JSON.";
  return [
    { id: "http", name: "HTTP", says, entries: calls },
    ...Object.keys(wires.channels).map((w) => wire(w, wires)),
  ];
}

/** The entries that hold each of these words, in the groups that have any. */
export function found(groups: readonly Group[], words: string): Group[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = ({ id, kind, name, says, tables }: Entry) => {
    const fields = tables.flatMap(({ rows }) => rows.map((row) => `${row.name} ${row.says}`));
    const text = [id, kind, name, says, ...fields].join(" ").toLowerCase();
    return wanted.every((word) => text.includes(word));
  };
  return groups
    .map((group) => ({ ...group, entries: group.entries.filter(holds) }))
    .filter(({ entries }) => entries.length > 0);
}

function call(method: string, path: string, operation: Operation): Entry {
  const { summary, security, parameters = [], requestBody, responses } = operation;
  const asked = parameters.map(({ name, in: place, required, description, schema }) => {
    const says = [place === "path" ? "In the path." : "", description ?? ""].join(" ").trim();
    return { name, takes: takesOf(schema), isRequired: required === true, says };
  });
  const tables = [
    { title: "Parameters", rows: asked },
    { title: "Body", rows: rowsIn(requestBody?.content) },
  ];
  for (const [status, { description, content }] of Object.entries(responses))
    tables.push({ title: `${status}: ${description}`, rows: rowsIn(content) });
  const isSaid = ({ title, rows }: Table) => rows.length > 0 || /^\d/.test(title);
  return entry("http", method, path, summary, tables.filter(isSaid), security !== undefined);
}

function rowsIn(content: Content | undefined): Row[] {
  const schema = content?.["application/json"]?.schema;
  if (schema === undefined) return [];
  // A list is shown by what is in it.
  return schema.type === "array" && schema.items !== undefined ? rowsOf(schema.items, "[].") : rowsOf(schema);
}

function wire(name: string, { channels, operations, components }: AsyncApi): Group {
  const { address = "", description = "" } = channels[name] ?? {};
  const frames = (way: string, kind: string) =>
    (operations[`${name}.${way}`]?.messages ?? []).flatMap(({ $ref }) => {
      const type = $ref.slice($ref.lastIndexOf("/") + 1);
      const message = components.messages[`${name}.${type}`];
      if (message === undefined) return [];
      const rows = rowsOf(message.payload);
      return [entry(name, kind, message.name, message.summary, [{ title: "Fields", rows }], false)];
    });
  const says = `A WebSocket at ${address}. ${description}`;
  return { id: name, name, says, entries: [...frames("ask", "you send"), ...frames("tell", "you get")] };
}

function entry(
  group: string,
  kind: string,
  name: string,
  says: string,
  tables: readonly Table[],
  needsToken: boolean,
): Entry {
  return { id: `${group}:${kind}:${name}`.replaceAll(" ", "-"), kind, name, says, needsToken, tables };
}
