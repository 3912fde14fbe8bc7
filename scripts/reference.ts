// Every field of every frame, event and HTTP body as tables, read off their schemas: what the manual says of them is what is checked.
import { z } from "zod";

/** What of a JSON Schema is read here. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly additionalProperties?: Schema | boolean;
}

/** A field: where it stands, what it holds, what it means. */
export type Row = readonly [path: string, holds: string, meaning: string];

/** The fields of a schema, those within others named by their path: `peers[].name`. `?`: it may be missing. */
export function fieldsOf(schema: z.ZodType): Row[] {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema;
  return rowsOf(json, "");
}

function rowsOf(schema: Schema, path: string): Row[] {
  const { properties = {}, required = [], items, anyOf = [], additionalProperties } = schema;
  const rows: Row[] = [];
  for (const [name, field] of Object.entries(properties)) {
    const at = path === "" ? name : `${path}.${name}`;
    // Whatever may be left out may be null or an empty text instead [P6].
    const isOptional = !required.includes(name);
    rows.push(
      isOptional
        ? [`${at}?`, holds(field).replaceAll(/ or (?:null|`""`)/g, ""), meaning(field)]
        : [at, holds(field), meaning(field)],
    );
    rows.push(...rowsOf(field, at));
  }
  if (items !== undefined) rows.push(...rowsOf(items, `${path}[]`));
  if (typeof additionalProperties === "object") rows.push(...rowsOf(additionalProperties, `${path}.*`));
  // Of two objects in one place all fields are told, each once.
  for (const one of anyOf) rows.push(...rowsOf(one, path));
  const seen = new Set<string>();
  return rows.filter(([at]) => !seen.has(at) && seen.add(at));
}

/** What a field holds, in words. */
function holds(schema: Schema): string {
  const { type, items, anyOf, enum: values, const: only } = schema;
  if (only !== undefined) return code(only);
  if (values !== undefined) return values.map(code).join(", ");
  if (anyOf !== undefined) return [...new Set(anyOf.map(holds))].join(" or ");
  if (type === "array") return items === undefined ? "a list" : `a list of: ${holds(items)}`;
  switch (type) {
    case "integer":
      return "a whole number";
    case "string":
      return "a text";
    case "boolean":
      return "true or false";
    case "number":
      return "a number";
    case "object":
      return "an object";
    case "null":
      return "null";
    default:
      return "any JSON value";
  }
}

/** What is said of it, or of the one thing that it may be besides null. */
function meaning({ description, anyOf = [], items }: Schema): string {
  return description ?? anyOf.find((one) => one.description !== undefined)?.description ?? items?.description ?? "";
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}
