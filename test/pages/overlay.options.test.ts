// What the overlay makes of the address that a streamer typed.
import { describe, expect, test } from "bun:test";
import { type Options, optionsOf } from "../../pages/overlay/options.ts";

/** As plain data. */
const read = (search: string, hash = "") => {
  const { show, style, ...rest } = optionsOf(search, hash);
  return { ...rest, show: [...show] as string[], style: Object.fromEntries(style) };
};
const PLAIN = {
  ...{ show: ["title", "votes", "players"], session: null, room: "", theme: "dark" as const, at: "bottom-left" },
  ...{ scale: 1, hide: 0, style: {}, token: "" },
};

describe("[H28] the overlay's address", () => {
  test("need say nothing", () => {
    expect(read("")).toEqual({ ...PLAIN, show: [...PLAIN.show] });
  });

  test("says what is shown, of what, where and how", () => {
    const search = "?show=qr,title&room=GXHB&session=4&theme=light&at=top-right&scale=1.2&hide=20";
    const asked: Partial<Options> = { session: 4, room: "GXHB", theme: "light", at: "top-right", scale: 1.2, hide: 20 };
    expect(read(search)).toMatchObject({ ...asked, show: ["title", "qr"] });
    expect(read("?ink=fff&paper=%23221a35cc&hot=tomato&font=Comic Neue").style).toEqual({
      ...{ "--ink": "#fff", "--paper": "#221a35cc", "--hot": "tomato", "--font": '"Comic Neue"' },
    });
  });

  test("says nothing by what cannot be read", () => {
    const search = "?session=four&theme=pink&at=middle&scale=big&hide=-3&ink=url(x)&paper=red;x&hot=12345g&font=a;b{}";
    expect(read(search)).toEqual({ ...PLAIN, show: [...PLAIN.show] });
    expect(read("?show=nothing,constructor").show).toEqual([]);
    for (const session of ["0", "-1", "1.5", "1e400", "9007199254740993"])
      expect([session, read(`?session=${session}`).session]).toEqual([session, null]);
    expect([read("?scale=100").scale, read("?scale=0").scale, read("?hide=1e9").hide]).toEqual([4, 0.25, 3_600]);
    expect(read(`?room=${"A".repeat(100)}`).room).toHaveLength(64);
  });

  test("has the token in its fragment, which no request carries; one in the query is none", () => {
    expect(read("", "#t=abc.def.ghi").token).toBe("abc.def.ghi");
    expect(read("?t=abc").token).toBe("");
  });
});
