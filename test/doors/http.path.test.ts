// The path of a request, found without parsing its URL where that is plain, and remembered while the next one is the same.
import { expect, test } from "bun:test";
import { pathOf } from "../../src/doors/http/routes.ts";

test("[H7] the path of a URL is that of the URL itself, whichever was asked for before it", () => {
  const urls = {
    "http://localhost:4000/": "/",
    "http://localhost:4000/v1?x=1": "/v1",
    "http://localhost:4000/%41": "/%41",
    "http://party.example/room/ABCD#x": "/room/ABCD",
  };
  const request = (url: string) => ({ url, headers: new Headers({ host: "localhost" }) }) as Request;
  for (const [url, path] of Object.entries(urls)) {
    for (const [before] of Object.entries(urls)) {
      pathOf(request(before));
      expect([before, url, pathOf(request(url)), pathOf(request(url))]).toEqual([before, url, path, path]);
    }
  }
  expect(pathOf(request(""))).toBeNull();
});
