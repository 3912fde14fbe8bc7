// What a JSON Schema says, in words and rows that a person reads: each field with what it takes. Knows no page.

/** As much of a schema as those of this server use. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: string;
}

export interface Row {
  /** Its way in the body: `peers[].name`. */
  readonly name: string;
  readonly takes: string;
  readonly isRequired: boolean;
  readonly says: string;
}

/** Deeper, a field says that it is an object and no more. */
const DEPTH_MAX = 4;

/** A row for each field, those of objects within it behind it. */
export function rowsOf(schema: Schema, before = "", depth = 0): Row[] {
  const { properties = {}, required = [] } = bodyOf(schema) ?? {};
  return Object.entries(properties).flatMap(([key, field]) => {
    const name = before + key;
    const row = { name, takes: takesOf(field), isRequired: required.includes(key), says: field.description ?? "" };
    if (depth === DEPTH_MAX) return [row];
    const item = itemOf(field);
    const within = item === null ? rowsOf(field, `${name}.`, depth + 1) : rowsOf(item, `${name}[].`, depth + 1);
    return [row, ...within];
  });
}

/** What a field takes: `text ≤ 64`, `integer 0–600`, `"stay" | "close"`, `object[]`. */
export function takesOf(schema: Schema): string {
  const kinds = choicesOf(schema);
  if (kinds !== null) return [...new Set(kinds.map(takesOf))].join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const { type, items } = schema;
  if (typeof type === "object") return [...new Set(type.map((one) => takesOf({ ...schema, type: one })))].join(" | ");
  if (type === "array") return items === undefined ? "list" : listOf(takesOf(items));
  if (type === "string") return `${schema.format ?? "text"}${rangeOf(schema.minLength, schema.maxLength)}`;
  if (type === "integer" || type === "number") return `${type}${rangeOf(schema.minimum, schema.maximum)}`;
  if (type === "object") return valuesOf(schema);
  return type ?? "any JSON";
}

function valuesOf({ additionalProperties: values }: Schema): string {
  return typeof values === "object" && Object.keys(values).length > 0 ? `object of ${takesOf(values)}` : "object";
}

function listOf(item: string): string {
  return item.includes(" ") ? `(${item})[]` : `${item}[]`;
}

/** Bounds that say something: the largest whole number does not. */
function rangeOf(least: number | undefined, most: number | undefined): string {
  const from = least === undefined || least <= Number.MIN_SAFE_INTEGER ? null : least;
  const to = most === undefined || most >= Number.MAX_SAFE_INTEGER ? null : most;
  if (from !== null && to !== null) return from === to ? ` ${from}` : ` ${from}–${to}`;
  if (to !== null) return ` ≤ ${to}`;
  return from === null ? "" : ` ≥ ${from}`;
}

function choicesOf({ anyOf, oneOf }: Schema): readonly Schema[] | null {
  return anyOf ?? oneOf ?? null;
}

/** The object that a field is, or may be. */
function bodyOf(schema: Schema): Schema | null {
  const choices = choicesOf(schema);
  if (choices === null) return schema.properties === undefined ? null : schema;
  for (const choice of choices) {
    const body = bodyOf(choice);
    if (body !== null) return body;
  }
  return null;
}

/** What a list holds; null: it is none. */
function itemOf(schema: Schema): Schema | null {
  if (schema.items !== undefined) return schema.items;
  for (const choice of choicesOf(schema) ?? []) {
    const item = itemOf(choice);
    if (item !== null) return item;
  }
  return null;
}
