// What crosses between the chat and the page around it: four words, from and to the sites that may hold it.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

const SHOP = "https://shop.example";
/** @type {[object, string][]} */
let said = [];
/** @type {((event: object) => void)[]} */
let hearing = [];
const parent = { postMessage: (word, origin) => said.push([word, origin]) };
globalThis.window = { parent, addEventListener: (_name, hear) => hearing.push(hear) };
globalThis.location = { ancestorOrigins: [SHOP] };
globalThis.document = { referrer: "" };

const { Host } = await import("../../bot/web/static/chat/frame.js");

/** @param {object} event */
const arrives = (event) => hearing.forEach((hear) => hear({ source: parent, origin: SHOP, ...event }));
const opening = (host) => {
  let opened = 0;
  host.addEventListener("open", () => (opened += 1));
  return () => opened;
};

beforeEach(() => {
  said = [];
  hearing = [];
});

test("a word of the page around it is heard", () => {
  const opened = opening(new Host([SHOP]));
  arrives({ data: { mburoja: 1, type: "open" } });
  assert.equal(opened(), 1);
});

test("a word of another window or of another site is not", () => { // R24
  const opened = opening(new Host([SHOP]));
  arrives({ data: { mburoja: 1, type: "open" }, source: {} });
  arrives({ data: { mburoja: 1, type: "open" }, source: null });
  for (const origin of ["https://evil.example", "https://shop.example.evil.example", "null", ""]) {
    arrives({ data: { mburoja: 1, type: "open" }, origin });
  }
  assert.equal(opened(), 0);
});

test("anything but its words is passed over", () => {
  const opened = opening(new Host([SHOP]));
  for (const data of [null, "open", { type: "open" }, { mburoja: "1", type: "open" }, { mburoja: 1, type: "say" }]) {
    arrives({ data });
  }
  assert.equal(opened(), 0);
});

test("what it says goes to the site around it and to nobody else", () => { // R22
  const host = new Host([SHOP, "https://www.shop.example"]);
  host.ready();
  host.unread(2);
  assert.deepEqual(said, [
    [{ mburoja: 1, type: "open" }, SHOP],
    [{ mburoja: 1, type: "unread", count: 2 }, SHOP],
  ]);
});

test("where the browser does not tell the site, it goes to those only that may hold it", () => {
  globalThis.location = {};
  new Host([SHOP, "https://www.shop.example"]).close();
  assert.deepEqual(said.map(([, origin]) => origin), [SHOP, "https://www.shop.example"]);
  globalThis.location = { ancestorOrigins: [SHOP] };
});

test("a page of its own says nothing", () => {
  globalThis.window.parent = globalThis.window;
  new Host([SHOP]).close();
  assert.deepEqual(said, []);
  globalThis.window.parent = parent;
});
