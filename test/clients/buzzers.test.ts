// The buzzer quizzes as people start them: a screen in one language, phones in another.
import { afterEach, expect, test } from "bun:test";
import { linesOf } from "../support/lines.ts";
import { startServer } from "../support/server.ts";
import { BUZZERS } from "./players.ts";
import { start } from "./programs.ts";

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

function run(command: readonly string[]) {
  const child = start(command);
  ended.push(async () => {
    child.kill("SIGKILL");
    await child.exited;
  });
  const lines = linesOf(child.stdout);
  return {
    child,
    next: async () => (await lines.next()).value ?? "(ended)",
    type(text: string) {
      child.stdin.write(`${text}\n`);
      child.stdin.flush();
    },
  };
}

for (const screenOf of BUZZERS) {
  for (const phoneOf of BUZZERS) {
    const isSkipped = screenOf.need.isSkipped || phoneOf.need.isSkipped;
    const title = `a screen in ${screenOf.name} and phones in ${phoneOf.name} play a round`;
    test.skipIf(isSkipped)(
      title + screenOf.need.note + phoneOf.need.note,
      async () => {
        const server = startServer();
        ended.push(server.stop);
        const screen = run([...(await screenOf.command()), server.url]);
        const code = (await screen.next()).replace("Join with ", "");
        expect(code).toMatch(/^[A-Z2-9]{4}$/);
        const phones = [];
        for (const name of ["Ann", "Bo"]) {
          phones.push(run([...(await phoneOf.command()), server.url, code, name]));
          expect(await screen.next()).toBe(`${name} is here`);
        }
        screen.type("Capital of Peru?");
        for (const phone of phones) expect(await phone.next()).toBe("Capital of Peru?");
        phones[1]?.type("");
        expect(await screen.next()).toBe("Bo was first and has 1");
        for (const phone of phones) expect(await phone.next()).toBe("Bo was first");
        screen.type("Largest planet?");
        for (const phone of phones) expect(await phone.next()).toBe("Largest planet?");
        phones[0]?.type("");
        expect(await screen.next()).toBe("Ann was first and has 1");
        for (const phone of phones) expect(await phone.next()).toBe("Ann was first");
        screen.child.stdin.end();
        for (const phone of phones) expect(await phone.next()).toBe("Over: the quiz is over");
        expect(await screen.child.exited).toBe(0);
      },
      60_000,
    );
  }
}
