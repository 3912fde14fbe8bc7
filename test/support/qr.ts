// Reads a QR code off a picture, as a phone's camera would. The picture is unpacked in an empty page of the browser that took it.
import jsQR from "jsqr";
import type { Page } from "playwright-core";

/** The text of the code on this picture of a part of a page; null: there is none that can be read. */
export async function readQr(page: Page, selector: string): Promise<string | null> {
  const png = await page.locator(selector).screenshot();
  const blank = await page.context().newPage();
  const [width, height, packed] = (await blank.evaluate(`(async () => {
    const picture = new Image();
    picture.src = "data:image/png;base64,${png.toString("base64")}";
    await picture.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.width, picture.height];
    const context = canvas.getContext("2d");
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let text = "";
    for (let at = 0; at < data.length; at += 30000) text += String.fromCharCode(...data.subarray(at, at + 30000));
    return [canvas.width, canvas.height, btoa(text)];
  })()`)) as [number, number, string];
  await blank.close();
  return jsQR(new Uint8ClampedArray(Buffer.from(packed, "base64")), width, height)?.data ?? null;
}
