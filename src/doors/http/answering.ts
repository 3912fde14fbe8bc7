// A request that another node has asked to be answered here [N11]: it takes the way that any request takes behind the toll, which that node has
// taken, and is never asked any further.
import type { Question, Reply } from "../elsewhere.ts";
import { notFound } from "./misses.ts";
import { type HttpDeps, pathOf, route } from "./routes.ts";

/** @param hold hears in how many ms at most the answer comes, where that is later than usual */
export async function answerTo(question: Question, hold: (ms: number) => void, deps: HttpDeps): Promise<Reply> {
  const { method, path, headers, body, address, peer } = question;
  const request = new Request(`http://localhost${path}`, {
    method,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    ...(body !== "" && { body: Buffer.from(body, "base64") }),
  });
  const caller = { address: () => address, peer: () => peer, isGone: () => false, holdMs: hold };
  const plain = pathOf(request) ?? "";
  const answer = (await route(request, plain, () => caller, { ...deps, elsewhere: () => null })) ?? notFound(plain);
  return { status: answer.status, headers: [...answer.headers], body: await answer.text() };
}
