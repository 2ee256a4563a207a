// Opening, renewing and ending the session: the cookie where there is one, the page's memory where there is none.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Session, SessionError } from "../../bot/web/static/chat/session.js";
import { Clock, FakeHttp, settled } from "./fakes.mjs";

const opened = (http = new FakeHttp()) => {
  const clock = new Clock();
  const timers = { setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout };
  return { http, clock, session: new Session({ company: "ipko", fetch: http.fetch, ...timers }) };
};

test("a new session is asked for twice, to see whether its cookie comes back", async () => {
  const { http, session } = opened();
  assert.deepEqual(await session.open(), { mode: "cookie", status: "new" });
  assert.deepEqual(http.bodies("/session/ipko"), [{}, {}]);
  assert.deepEqual(await session.open(), { mode: "cookie", status: "kept" });
  assert.equal(session.token, null);
  assert.equal(session.headers().Authorization, undefined);
});

test("where it does not come back the session lives in memory, and is kept", async () => { // R22
  const { http, session } = opened();
  http.keepsCookies = false;
  assert.deepEqual(await session.open(), { mode: "memory", status: "new" });
  assert.deepEqual(await session.open(), { mode: "memory", status: "kept" });
  assert.equal(session.token, "token-3");
});

test("a session in memory that the server no longer knows is begun anew", async () => {
  const { http, session } = opened();
  http.keepsCookies = false;
  await session.open();
  http.sessions.clear();
  assert.deepEqual(await session.open(), { mode: "memory", status: "new" });
  assert.notEqual(session.token, "token-3");
});

test("asked twice at a time it opens once", async () => {
  const { http, session } = opened();
  await Promise.all([session.open(), session.open()]);
  assert.equal(http.requests.length, 2);
});

test("a refusal is told with its status, and the next try begins afresh", async () => {
  const { http, session } = opened();
  http.answer = () => ({ status: 429, body: { text: "Më vonë." } });
  await assert.rejects(session.open(), (error) => error instanceof SessionError && error.status === 429);
  http.answer = () => undefined;
  assert.equal((await session.open()).mode, "cookie");
});

test("a request without an answer is given up", async () => {
  const { http, clock, session } = opened();
  http.answer = (_, signal) =>
    new Promise((_go, fail) => signal.addEventListener("abort", () => fail(new DOMException("a", "AbortError"))));
  const opening = assert.rejects(session.open(), { name: "AbortError" });
  await settled();
  await clock.pass(20_000);
  await opening;
  assert.deepEqual(clock.pending, []);
});

test("what is to be told before leaving comes as it is, without what is malformed", async () => { // R58
  const { http, session } = opened();
  await session.open();
  http.answer = () => ({ body: { cases: [{ reference: "7K2Q-0000", text: "Me SMS." }, null], text: "Keni kërkesa." } });
  assert.deepEqual(await session.leaving(), {
    cases: [{ reference: "7K2Q-0000", text: "Me SMS." }, { reference: "", text: "" }],
    text: "Keni kërkesa.",
  });
});

test("forgetting carries the token against forged requests", async () => { // R23
  const { http, session } = opened();
  await session.open();
  assert.deepEqual(await session.forget(), { text: "U fshi." });
  assert.equal(http.requests.at(-1).method, "DELETE");
});
