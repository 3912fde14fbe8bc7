// How a session is forgotten a part at a time, so that no turn takes long: its log first, then games with their votes, then what voters had [S26].
import type { Statements } from "./statements.ts";

/**
 * Forgets a part of a session, at most so many rows and about so many bytes of its log; answers how many rows it might have forgotten beyond those that there were.
 */
export function forgetParts(statements: Statements, id: number, rowsMax: number, bytesMax: number): number {
  const { eventsToForget, forgetEvents, forgetGames, gameToForget, forgetVotes, forgetShares } = statements;
  let left = rowsMax;
  let bytes = 0;
  let last = 0;
  for (const event of eventsToForget.iterate(id, rowsMax)) {
    last = event.id;
    left--;
    bytes += event.bytes;
    if (bytes > bytesMax) break;
  }
  if (last > 0) forgetEvents.run(id, last);
  if (bytes > bytesMax) return 0;
  while (left > 0) {
    left -= forgetGames.run(id, left).changes;
    const game = gameToForget.get(id);
    if (game === null) break;
    left -= forgetVotes.run(game.id, game.id, left).changes;
  }
  return left > 0 ? left - forgetShares.run(id, id, left).changes : left;
}
