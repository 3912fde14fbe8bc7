// A secret is known to its owner and the server, and nobody else ever sees it: no frame, no log line, no metric.
import { expect, test } from "bun:test";
import { secrets } from "../../src/auth/seatSecrets.ts";
import { Client } from "../support/client.ts";
import { ELSEWHERE, exhaust, wrongJoin } from "../support/guesses.ts";
import { startServer } from "../support/server.ts";

test("[R22] the same secret and salt seal alike, another of either does not", () => {
  const sealed = secrets.seal("s", "salt");
  expect(secrets.isSame(sealed, secrets.seal("s", "salt"))).toBe(true);
  expect(secrets.isSame(sealed, secrets.seal("s", "pepper"))).toBe(false);
  expect(secrets.isSame(sealed, secrets.seal("t", "salt"))).toBe(false);
  expect(secrets.isSame(sealed, "")).toBe(false);
  expect(sealed).not.toContain("s\u0000");
});

test("[R22] nobody hears a secret, and no log line or metric holds one", async () => {
  const server = startServer();
  try {
    const secret = "tell-nobody-4711";
    const tv = await Client.connect(server.url);
    const created = await tv.ask({
      type: "create",
      clientId: "tv",
      maxClients: 4,
      away: 60,
      history: 8,
      secret: `${secret}-tv`,
    });
    const { room, epoch } = created;
    const phone = await Client.connect(server.url);
    const joined = await phone.ask({ type: "join", clientId: "p", room, secret });
    const thief = await Client.connect(server.url);
    const refused = await thief.ask({ type: "join", clientId: "p", room, secret: `${secret}?` });
    expect(refused).toMatchObject({ code: "wrong_secret" });
    const malformed = await thief.ask({ type: "join", clientId: "p", room, secret: [secret] });
    expect(malformed).toMatchObject({ code: "bad_field" });
    await phone.close();
    const back = await Client.connect(server.url);
    const resumed = await back.ask({ type: "join", clientId: "p", room, secret, since: joined.seq, epoch });
    tv.send({ type: "kick", clientId: "p", reason: "x" });
    await back.closed;
    const heard = [created, joined, refused, malformed, resumed, ...(await tv.upToFence())];
    const metrics = await (await fetch(`${server.http}/metrics`)).text();
    const probe = await (await fetch(`${server.http}/room/${room}`)).text();
    for (const text of [JSON.stringify(heard), metrics, probe, server.logged.join("\n")])
      expect(text).not.toContain(secret);
    expect(server.logged.length).toBeGreaterThan(1);
  } finally {
    await server.stop();
  }
});

test("[L9] who brings the secret of a seat never waits among the guesses", async () => {
  const server = startServer({ TRUSTED_PROXIES: "1" });
  try {
    const tv = await Client.connect(server.url, ELSEWHERE);
    const { room } = await tv.ask({ type: "create", clientId: "tv", maxClients: 4, away: 60 });
    const phone = await Client.connect(server.url, ELSEWHERE);
    await phone.ask({ type: "join", clientId: "p", room, secret: "s" });
    await phone.close();
    expect(await tv.upToFence()).toMatchObject([{ type: "peer_joined" }, { type: "peer_away" }]);
    const guesser = await exhaust(server);
    guesser.send(wrongJoin(0));
    while ((await server.metric("partyline_waits_total")) < 1);
    const back = await Client.connect(server.url);
    expect(await back.ask({ type: "join", clientId: "p", room, secret: "s" })).toMatchObject({ type: "joined" });
    expect(await server.metric("partyline_waits_total")).toBe(1);
  } finally {
    await server.stop();
  }
});
