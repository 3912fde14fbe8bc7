// Large messages on the short way, which looks at them by blocks, against the long one, which reads the whole frame: a blank in front sends
// a frame there.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { decode as party } from "../../src/dialects/party/decode.ts";
import { decode as party2 } from "../../src/dialects/party2/decode.ts";

const DEPTH = 32;
const FILLER = `"${"abcdefgh".repeat(40)}"`;
const nest = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

const BODIES = [
  `{"a":9007199254740993,"b":1e400,"c":14.0,"c":-0,"d":"\\u0041\\/\\ud83d","e":${FILLER}}`,
  `["é😀€\u2028",${FILLER},{"é":"${"é".repeat(300)}"}]`,
  `["\ud800",${FILLER}]`,
  `[${FILLER},${nest(31)}]`,
  `{"data":${FILLER},"type":"leave","from":"somebody else"}`,
  // White space is left to the walk.
  ` {"a" : [1,\n2]\t,"b": ${FILLER} } `,
  `[${FILLER}, 1, {"a": 2}]`,
  FILLER,
];

/** What stands in the place of a body, and makes another frame of it, or none. */
const OTHER_ENDS = [
  `{"a":${FILLER}},"type":"leave","b":{}`,
  `{"a":${FILLER}},"data":{"a":1}`,
  `[${FILLER}],"to":["x"]`,
  `[${FILLER}],[]`,
  `[${FILLER}]}`,
  `[${FILLER}`,
  `[${FILLER},]`,
  `[${FILLER},${nest(32)}]`,
  `[${FILLER},${nest(80)}]`,
  `{"a":${FILLER}}x`,
];

describe.each([
  ["party", party, ['{"type":"send","data":', '{"type":"send","to":"b","data":']],
  ["party2", party2, ['{"type":"send","data":', '{"type":"send","to":3,"data":']],
] as const)("a large message of %s", (_, decode, heads) => {
  const frames = (bodies: readonly string[]) => heads.flatMap((head) => bodies.map((body) => ({ head, body })));

  test.each(frames(BODIES))("[P7] $head is passed on as the text it was: $body", ({ head, body }) => {
    expect(decode(`${head}${body}}`, DEPTH)).toMatchObject({ kind: "send", body: body.trim() });
  });

  test.each(frames([...BODIES, ...OTHER_ENDS]))(
    "[P7][P8][L3] $head is read as the long way reads it: $body",
    (frame) => {
      const text = `${frame.head}${frame.body}}`;
      expect(decode(text, DEPTH)).toEqual(decode(` ${text}`, DEPTH));
    },
  );
});

test("[P7] where there is no WebAssembly, large messages are passed on all the same", () => {
  const script = `
    const { decode } = await import(${JSON.stringify(join(import.meta.dir, "../../src/dialects/party/decode.ts"))});
    const body = '{"a":' + ${JSON.stringify(FILLER)} + '}';
    const read = decode('{"type":"send","data":' + body + '}', ${DEPTH});
    console.log(typeof WebAssembly, read.kind, read.body === body);`;
  const { stdout } = Bun.spawnSync([process.execPath, "-e", script], { env: { ...process.env, BUN_JSC_useWasm: "0" } });
  expect(stdout.toString().trim()).toBe("undefined send true");
}, 30_000);
