// Follows one real request through the house: which files of src/ it enters, in order, and how often it moves from one to another.
// Every function of src/ that is written with a block notes its file when it is called, so what a request enters is counted as it runs;
// functions of one expression, and what the runtime itself does, are not. `bun scripts/walk.ts` prints the walks, `--json` for a program.
import { join, relative } from "node:path";

const ROOT = join(import.meta.dir, "..");

/** The files entered by one request: each once in the order of its first call, and the moves from file to file. */
export interface Walk {
  readonly files: readonly string[];
  readonly moves: number;
}

/** Calls so far, while something is followed: the file of each. */
let calls: string[] | null = null;
declare global {
  var noteCall: (file: string) => void;
}

/** A line of printed code that opens a function's block, and nothing else that has a block. */
const OPENS_FUNCTION = /(?:\)|=>) \{$/;
const OPENS_ANOTHER = /^\s*(?:\} )?(?:if|else|for|while|switch|catch|do|try|finally)\b/;

/** The code with a note at the beginning of each function. */
export function instrumented(code: string, file: string): string {
  const note = ` globalThis.noteCall(${JSON.stringify(file)});`;
  return (
    code
      .split("\n")
      .map((line) => (OPENS_FUNCTION.test(line) && !OPENS_ANOTHER.test(line) ? line + note : line))
      // Constructors get no note: in one of a derived class nothing may stand before `super`.
      .map((line) => (/^\s*constructor\(/.test(line) ? line.replace(note, "") : line))
      .join("\n")
  );
}

/** Loads the server with notes in all of src/: once a process, before anything else of it is imported. */
async function loadInstrumented() {
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  globalThis.noteCall = (file) => calls?.push(file);
  Bun.plugin({
    name: "walk",
    setup(build) {
      build.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
        const code = transpiler.transformSync(await Bun.file(path).text());
        return { contents: instrumented(code, relative(ROOT, path)), loader: "js" };
      });
    },
  });
  const { startServer, ADMIN_KEY } = await import("../test/support/server.ts");
  const { Client } = await import("../test/support/client.ts");
  return { startServer, ADMIN_KEY, Client };
}

/** What a request enters, from the moment it is sent until it is answered or heard. */
async function follow(request: () => Promise<unknown>): Promise<Walk> {
  calls = [];
  await request();
  const entered = calls;
  calls = null;
  const moves = entered.filter((file, at) => at > 0 && file !== entered[at - 1]).length;
  return { files: [...new Set(entered)], moves };
}

/**
 * The walks that are promised to be short, each with the most files it may enter. A game that is added took 25 before plain HTTP had a price
 * [H11]: who asks, what it costs and what is counted are the seven more; and 32 before its room could be another platform's [E3]: whose room a
 * code is, which one is watched, and what is read of it. A message to a room with history took 10, and a join 22, before what is
 * kept was added up [L31]; a join has had to fit its client since [P13], and who may have a seat is a file of its own; so is
 * who tells a line its answer, since the answers of other nodes pass there too [N3].
 */
export const WALKS_MAX = { send: 11, "join with resume": 32, "add a game": 35 } as const;
export type WalkName = keyof typeof WALKS_MAX;

/**
 * Follows a message and a join that resumes in a room with history, and a game that is added by HTTP to the session of a room, in place
 * of one that is watched.
 */
export async function walks(): Promise<Record<WalkName, Walk>> {
  const { startServer, ADMIN_KEY, Client } = await loadInstrumented();
  const { ManualClock } = await import("../test/support/clock.ts");
  // A clock that stands still: no beat walks in between.
  const server = startServer({}, new ManualClock());
  try {
    const tv = await Client.connect(server.url);
    const options = { clientId: "tv", secret: "tv's", maxClients: 8, away: 60, history: 32 };
    const { room, epoch } = await tv.ask({ type: "create", ...options });
    let ann = await Client.connect(server.url);
    const seat = { type: "join", clientId: "ann", secret: "ann's", room };
    await ann.ask(seat);
    await tv.upToFence();
    const say = async () => {
      tv.send({ type: "send", data: { x: 1 } });
      await ann.next();
    };
    await say();
    const send = await follow(say);

    await ann.close();
    // The others hear that she is away: then her seat waits.
    await tv.next();
    tv.send({ type: "send", data: "missed" });
    await tv.upToFence();
    ann = await Client.connect(server.url);
    const resume = await follow(() => ann.ask({ ...seat, since: 2, epoch }));

    const post = async (path: string, body: object, token = "") => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(server.http + path, { method: "POST", headers, body: JSON.stringify(body) });
      return (await answer.json()) as { readonly id: number; readonly token: string };
    };
    const { token } = await post("/api/auth/login", { key: ADMIN_KEY });
    const display = await Client.connect(server.url);
    const { room: plain } = await display.ask({ type: "create", clientId: "display", maxClients: 8 });
    const { id } = await post("/api/sessions", { room_code: plain }, token);
    const game = { title: "Quiz", room_code: plain };
    await post(`/api/sessions/${id}/games`, game, token);
    const addGame = await follow(() => post(`/api/sessions/${id}/games`, game, token));
    return { send, "join with resume": resume, "add a game": addGame };
  } finally {
    await server.stop();
  }
}

if (import.meta.main) {
  const found = await walks();
  if (Bun.argv.includes("--json")) {
    console.log(JSON.stringify(found));
    process.exit(0);
  }
  for (const [name, { files, moves }] of Object.entries(found)) {
    console.log(`${name}: ${files.length} files, ${moves} moves (at most ${WALKS_MAX[name as WalkName]} files)`);
    for (const file of files) console.log(`  ${file}`);
  }
  const isLong = Object.entries(found).some(([name, { files }]) => files.length > WALKS_MAX[name as WalkName]);
  process.exit(isLong ? 1 : 0);
}
