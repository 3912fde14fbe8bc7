// Makes the picture at the top of the README anew, light and dark: a TV whose round has been won and the phone that won it, from a real browser.
// `bun scripts/picture.ts`
import { join } from "node:path";
import { joinRoom } from "../clients/js/src/index.ts";
import { voteIn } from "../pages/shared/game.ts";
import { openParty } from "../test/support/party.ts";
import { ROOT } from "./bundle.ts";

const OTHERS = ["Bob", "Zoë", "Cy", "Dora"];
const SIZE = { width: 1500, height: 800 };
const TV = { x: 10, y: 10, width: 1300, height: 731 };
const PHONE = { x: 1190, y: 250, width: 300, height: 533 };
const QUALITY = 0.82;

const party = await openParty({ LIMITS: "off", PUBLIC_URL: "http://192.168.1.20:3000" });
for (const scheme of ["light", "dark"] as const) {
  const tv = await party.tv("tv", { scheme, scale: 2 });
  const ann = await party.phone(tv.code, "Ann", "phone", { scheme, scale: 2 });
  const others = await Promise.all(
    OTHERS.map((name) => joinRoom({ url: party.server.url, room: tv.code, name, seats: null })),
  );
  for (const [n, room] of others.entries()) {
    await room.setData({ colour: n + 4 });
    room.cast({ ms: 9 + 7 * n, at: "http://192.168.1.20:3000" });
  }
  // Until it has the colour of the sun: a phone picks its first one by itself.
  const paint = ann.page.locator("#paint");
  for (let tries = 0; tries < 8 && !(await ann.page.locator("#me.c1").isVisible()); tries++) {
    await paint.tap();
    await ann.page.waitForTimeout(100);
  }
  await ann.page.locator("#buzz").tap();
  await tv.page.locator("#standing", { hasText: "Ann!" }).waitFor();
  await tv.page.locator("#poll").click();
  await ann.page.locator("#up").tap();
  for (const room of others) await room.answer(voteIn(room)?.name ?? "", room.me.name === "Cy" ? 1 : 0);
  await others[1]?.send({ say: "Rematch!" });
  await tv.page.locator("#ups", { hasText: "4" }).waitFor();
  await ann.page.locator("#hint").evaluate("(hint) => hint.replaceChildren()");
  await tv.page.waitForTimeout(900);
  const [screen, phone] = await Promise.all([tv.page.screenshot(), ann.page.screenshot()]);
  const blank = await tv.context.newPage();
  const webp = (await blank.evaluate(`(async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [${SIZE.width}, ${SIZE.height}];
    const context = canvas.getContext("2d");
    const draw = async (png, { x, y, width, height }, rim, radius) => {
      const picture = new Image();
      picture.src = "data:image/png;base64," + png;
      await picture.decode();
      context.fillStyle = "${scheme === "light" ? "#221a35" : "#564a79"}";
      context.beginPath();
      context.roundRect(x - rim, y - rim, width + 2 * rim, height + 2 * rim, radius + rim);
      context.fill();
      context.save();
      context.beginPath();
      context.roundRect(x, y, width, height, radius);
      context.clip();
      context.imageSmoothingQuality = "high";
      context.drawImage(picture, x, y, width, height);
      context.restore();
    };
    await draw("${screen.toString("base64")}", ${JSON.stringify(TV)}, 10, 12);
    await draw("${phone.toString("base64")}", ${JSON.stringify(PHONE)}, 10, 26);
    return canvas.toDataURL("image/webp", ${QUALITY}).split(",")[1];
  })()`)) as string;
  const path = `docs/party-${scheme}.webp`;
  const bytes = await Bun.write(join(ROOT, path), Buffer.from(webp, "base64"));
  console.log(`wrote ${path}, ${bytes} bytes`);
  for (const room of others) await room.leave();
}
await party.end();
process.exit();
