// When and how the page comes back to its server: waits, close codes, silence, sleep, and the way over plain HTTP.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Backoff, FIRST_WAIT, LONGEST_WAIT, PENALTY } from "../../bot/web/static/chat/backoff.js";
import { ack, message, settled, state, welcome, World } from "./fakes.mjs";

// ---- waits ----------------------------------------------------------------------------------------------------------

test("a wait is anywhere between nothing and a bound that doubles up to 30 s", () => {
  for (const share of [0, 0.25, 0.999_999]) {
    const backoff = new Backoff(() => share);
    for (let bound = FIRST_WAIT; bound < 4 * LONGEST_WAIT; bound *= 2) {
      const wait = backoff.next();
      assert.equal(wait, share * Math.min(bound, LONGEST_WAIT));
      assert.ok(wait >= 0 && wait < LONGEST_WAIT);
    }
    backoff.reset();
    assert.ok(backoff.next() < FIRST_WAIT);
  }
});

test("after a restart of the server even the first wait is spread over seconds", () => {
  assert.equal(new Backoff(() => 0.999).afterRestart(), 0.999 * 4 * FIRST_WAIT);
});

test("pages that lost the same server come back at different times", async () => {
  const times = [];
  for (const share of [0.1, 0.5, 0.9]) {
    const world = await World.online();
    world.random = share;
    world.socket.end(1012);
    times.push(Math.round(world.clock.pending[0]));
  }
  assert.deepEqual(times, [200, 1000, 1800]);
});

test("a server that welcomes and breaks at once is not asked faster and faster", async () => {
  const world = await World.online();
  world.random = 0.999;
  const waits = [];
  for (let times = 0; times < 7; times += 1) {
    world.socket.end();
    waits.push((await world.nextSocket()) / 500);
    await world.welcome();
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60]);
  await world.clock.pass(11_000); // this line is good
  world.socket.end();
  assert.ok(Math.min(...world.clock.pending) < 500);
});

// ---- close codes ----------------------------------------------------------------------------------------------------

for (const code of [4000, 4029]) {
  test(`sent away with ${code} it stays away for a minute, whatever happens on the page`, async () => {
    const world = await World.online();
    world.socket.end(code);
    world.page.tell("focus");
    world.page.tell("online");
    world.connection.say("a jeni aty?");
    world.connection.retryNow();
    await world.clock.pass(PENALTY - 1);
    assert.equal(world.sockets.length, 1);
    assert.equal(world.statuses.at(-1), "offline penalty");

    await world.nextSocket();
    assert.equal(world.sockets.length, 2);
    world.socket.open();
    world.socket.end(code);
    await world.clock.pass(PENALTY - 1);
    assert.equal(world.sockets.length, 2);
  });
}

test("4003 ends it, and says so even when the frame before it was lost", async () => {
  const world = await World.online();
  world.socket.end(4003);
  world.page.tell("focus");
  await world.clock.pass(600_000);
  assert.deepEqual(world.of("forgotten"), [{ text: "U fshi." }]);
  assert.equal(world.statuses.at(-1), "stopped");
  assert.equal(world.sockets.length, 1);
});

for (const [what, back] of Object.entries({
  "the page gets the focus": (world) => world.page.tell("focus"),
  "the page is seen": (world) => world.page.show("visible"),
  "something is said": (world) => world.connection.say("jam këtu"),
  "the person asks for it": (world) => world.connection.retryNow(),
})) {
  test(`4009 sleeps until ${what}`, async () => { // R24
    const world = await World.online();
    world.page.show("hidden");
    world.socket.end(4009);
    await world.clock.pass(3_600_000);
    assert.equal(world.sockets.length, 1);
    assert.equal(world.statuses.at(-1), "offline asleep");

    back(world);
    await world.welcome({ seq: 2, messages: [2] });
    assert.equal(world.sockets.length, 2);
    assert.deepEqual(world.texts, [1, 2]);
    assert.equal(world.statuses.at(-1), "online");
  });
}

test("4008 and a broken line come back after a wait", async () => {
  for (const code of [4008, 1006, 1011]) {
    const world = await World.online();
    world.socket.end(code);
    assert.equal(world.sockets.length, 1);
    await world.clock.pass(500);
    assert.equal(world.sockets.length, 2);
  }
});

test("4401 asks for a session first, at once; again and again, with growing waits", async () => {
  const world = await World.online();
  world.random = 0.999;
  const asked = world.http.requests.length;
  world.socket.end(4401);
  await settled();
  assert.equal(world.http.requests.length, asked + 1);
  assert.equal(world.sockets.length, 2);
  for (let times = 0; times < 20; times += 1) {
    if (world.socket.readyState === 0) {
      world.socket.open();
      world.socket.end(4401);
    }
    await world.clock.pass(1_000);
  }
  assert.ok(world.sockets.length <= 8, `${world.sockets.length} sockets in 20 s`);
});

// ---- the person and the network -------------------------------------------------------------------------------------

for (const name of ["online", "focus", "pageshow"]) {
  test(`${name} ends a wait`, async () => {
    const world = await World.online();
    world.random = 0.999;
    for (let times = 0; times < 5; times += 1) {
      world.socket.end();
      await world.nextSocket();
      await world.welcome();
    }
    world.socket.end();
    await settled();
    assert.equal(world.sockets.length, 6);
    world.page.tell(name);
    await settled();
    assert.equal(world.sockets.length, 7);
  });
}

test("tries that the person asks for do not lengthen the waits between the page's own", async () => {
  const world = await World.online();
  world.random = 0.999;
  world.http.network = "down";
  world.socket.end();
  world.connection.say("e para");
  world.socket.end();
  for (let times = 0; times < 10; times += 1) {
    world.connection.say("po tani?");
    await settled();
  }
  world.http.network = "up";
  assert.ok((await world.nextSocket()) <= 1_000);
});

test("while a try is under way the page's events begin no second one", async () => {
  const world = new World();
  for (const name of ["pageshow", "focus", "online"]) world.page.tell(name);
  await settled();
  for (const name of ["pageshow", "focus", "online"]) world.page.tell(name);
  await settled();
  assert.equal(world.sockets.length, 1);
});

test("a page that is put away while it asks for its session opens no socket behind its back", async () => {
  const world = new World();
  world.page.tell("pagehide");
  await settled();
  assert.equal(world.sockets.length, 0);
});

test("a page that is put away lets go, and comes back when it is taken out again", async () => {
  const world = await World.online();
  world.page.tell("pagehide");
  assert.ok(!world.socket.isOpen);
  await world.clock.pass(60_000);
  assert.equal(world.sockets.length, 1);
  world.page.tell("pageshow");
  await settled();
  assert.equal(world.sockets.length, 2);
});

test("a line that says nothing is asked after 30 s and given up after 45 s", async () => {
  const world = await World.online();
  await world.clock.pass(29_999);
  assert.equal(world.socket.sent.length, 1);
  await world.clock.pass(1);
  assert.deepEqual(world.socket.sent[1], { type: "hello", last_seq: 1 });
  await world.clock.pass(14_999);
  assert.ok(world.socket.isOpen);
  await world.clock.pass(501);
  assert.ok(!world.sockets[0].isOpen);
  assert.equal(world.sockets.length, 2);
});

test("a line that answers is kept", async () => {
  const world = await World.online();
  for (let times = 0; times < 10; times += 1) {
    await world.clock.pass(30_000);
    world.socket.receive(welcome(1), state());
  }
  assert.equal(world.sockets.length, 1);
  assert.equal(world.socket.sent.length, 11);
});

test("a hidden page asks nothing, and looks at once when it is seen again", async () => {
  const world = await World.online();
  world.page.show("hidden");
  await world.clock.pass(600_000);
  assert.equal(world.socket.sent.length, 1);
  world.page.show("visible");
  assert.equal(world.socket.sent.length, 2);
  await world.clock.pass(5_500);
  assert.equal(world.sockets.length, 2);
});

test("a line that takes no message is given up and the message goes over the next one", async () => {
  const world = await World.online();
  const id = world.connection.say("po");
  await world.clock.pass(15_500);
  assert.equal(world.sockets.length, 2);
  await world.welcome();
  assert.equal(world.socket.sent[1].id, id);
});

test("a network that says it is gone is not believed, but asked", async () => {
  const world = await World.online();
  world.page.tell("offline");
  assert.equal(world.socket.sent.length, 2);
  world.socket.receive(welcome(1), state());
  await world.clock.pass(20_000);
  assert.equal(world.sockets.length, 1);
  assert.equal(world.statuses.at(-1), "online");
});

// ---- without cookies ------------------------------------------------------------------------------------------------

test("where cookies are refused the token goes with the first frame and with requests, and nowhere else", async () => { // R22
  const world = new World({ start: false });
  world.http.keepsCookies = false;
  world.connection.start();
  await world.welcome({ messages: [1] });

  assert.deepEqual(world.http.bodies("/session/ipko"), [{}, {}, { memory: true }]);
  assert.deepEqual(world.socket.sent[0], { type: "hello", last_seq: 0, session: "token-3" });
  assert.ok(!world.socket.url.includes("token"));
  await world.session.forget();
  assert.equal(world.http.requests.at(-1).headers.Authorization, "Bearer token-3");
  assert.equal(world.http.requests.at(-1).headers["X-CSRF-Token"], "csrf-3");
});

test("a renewal without cookies takes the new token along", async () => { // R19
  const world = new World({ start: false });
  world.http.keepsCookies = false;
  world.connection.start();
  await world.welcome({ messages: [1] });
  world.socket.receive({ type: "renew", ticket: "bileta" });
  world.http.answer = ({ body }) =>
    body?.ticket ? { body: { status: "renewed", csrf: "csrf-9", token: "token-9" } } : undefined;
  await settled();
  await world.welcome();
  assert.deepEqual(world.socket.sent[0], { type: "hello", last_seq: 1, session: "token-9" });
});

// ---- plain HTTP -----------------------------------------------------------------------------------------------------

/** A page behind a network that lets no WebSocket through; `frames` answers what is posted. */
async function blocked(frames) {
  const world = new World({ start: false });
  world.posts = [];
  world.http.answer = async (request, signal) => {
    if (request.path !== "/api/chat/ipko") return undefined;
    world.posts.push(request.body);
    const answer = await frames(request.body, signal);
    return Array.isArray(answer) ? { body: { frames: answer } } : answer;
  };
  world.connection.start();
  await settled();
  world.socket.end();
  await world.clock.pass(500);
  world.socket.end();
  await settled();
  return world;
}

const greeting = (frame) => (frame.type === "hello" ? [welcome(1), ...(frame.last_seq < 1 ? [message(1)] : []), state()] : []);

test("two failed handshakes though the session answers, and it goes on over plain HTTP", async () => {
  const world = await blocked((frame) =>
    frame.type === "say" ? [ack(frame.id, 2), message(2, "you"), message(3), state()] : greeting(frame),
  );
  assert.equal(world.sockets.length, 2);
  assert.equal(world.statuses.at(-1), "polling");
  assert.deepEqual(world.texts, [1]);

  const id = world.connection.say("sa gjatë?");
  await settled();
  assert.deepEqual(world.posts.at(-1), { type: "say", id, text: "sa gjatë?", last_seq: 1 });
  assert.equal(world.http.requests.at(-1).headers["X-CSRF-Token"], "csrf-1"); // R23
  assert.deepEqual(world.texts, [1, 2, 3]);
  assert.deepEqual(world.of("ack"), [{ id, seq: 2 }]);
});

test("a server that is down is not taken for a network that blocks", async () => {
  const world = await World.online();
  world.http.network = "down";
  world.socket.end();
  await world.nextSocket();
  world.socket.end();
  await world.clock.pass(300_000);
  assert.equal(world.statuses.at(-1), "offline");
  world.http.network = "up";
  await world.nextSocket();
  await world.welcome();
  assert.equal(world.statuses.at(-1), "online");
  assert.deepEqual(world.http.bodies("/api/chat/ipko"), []);
});

test("handshakes that fail now and then, or with the server, are no blocked network", async () => {
  const world = await World.online();
  for (let times = 0; times < 3; times += 1) {
    world.socket.end();
    await world.nextSocket();
    world.socket.end(); // before the session was asked for: the server may be down
    await world.nextSocket();
    world.socket.end(); // though the session answered: once
    await world.nextSocket();
    await world.welcome();
  }
  assert.equal(world.statuses.at(-1), "online");
  assert.deepEqual(world.http.bodies("/api/chat/ipko"), []);
});

test("a visible page looks every 5 s, a hidden one less and less, up to a minute", async () => {
  const world = await blocked(greeting);
  await world.clock.pass(20_000);
  assert.equal(world.posts.length, 5);

  world.page.show("hidden");
  await world.clock.pass(100_000);
  const early = world.posts.length;
  assert.ok(early < 12, `${early} in 100 s`);
  world.page.show("visible");
  await settled();
  assert.equal(world.posts.length, early + 1);
});

test("one request at a time goes out, and none before the last one is answered", async () => {
  const gates = [];
  const world = await blocked((frame) => new Promise((go) => gates.push(() => go(
    frame.type === "say" ? [ack(frame.id, 2), state()] : greeting(frame),
  ))));
  const answered = async () => {
    gates.shift()();
    await settled();
  };
  await answered();
  await world.clock.pass(5_000);
  assert.equal(gates.length, 1); // it looks for news
  world.connection.say("a");
  world.connection.say("b");
  world.page.tell("focus");
  await settled();
  for (const type of ["hello", "say", "say"]) {
    assert.equal(gates.length, 1);
    assert.equal(world.posts.at(-1).type, type);
    await answered();
  }
  assert.equal(world.of("ack").length, 2);
});

test("a WebSocket on trial that says nothing is let go, and the polling goes on", async () => {
  const world = await blocked(greeting);
  await world.nextSocket(121_000);
  world.socket.open();
  await world.clock.pass(16_000);
  assert.ok(!world.socket.isOpen);
  assert.equal(world.statuses.at(-1), "polling");
});

test("every two minutes it tries a WebSocket, and goes over to it without losing or repeating anything", async () => {
  let release;
  const world = await blocked((frame, signal) =>
    frame.type === "say"
      ? new Promise((go, fail) => {
          release = go;
          signal.addEventListener("abort", () => fail(new DOMException("aborted", "AbortError")));
        })
      : greeting(frame),
  );
  await world.clock.pass(120_000);
  assert.equal(world.sockets.length, 3);
  world.socket.end(); // still blocked
  await world.clock.pass(119_000);
  assert.equal(world.sockets.length, 3);
  await world.clock.pass(1_000);
  assert.equal(world.sockets.length, 4);

  const id = world.connection.say("gjatë kalimit");
  await settled();
  assert.ok(release);
  world.socket.open();
  world.socket.receive(welcome(3), message(2, "you"), message(3), state()); // the server took what was posted
  assert.equal(world.statuses.at(-1), "online");
  assert.deepEqual(world.socket.sent.map((frame) => frame.type), ["hello", "say"]);
  world.socket.receive(ack(id, 2), state());
  const posts = world.posts.length;
  await world.clock.pass(20_000);
  assert.equal(world.posts.length, posts);
  assert.deepEqual(world.texts, [1, 2, 3]);
  assert.deepEqual(world.of("ack"), [{ id, seq: 2 }]);
});

test("a failed request is tried again with the same id, and a WebSocket gets one more chance", async () => {
  let isBroken = false;
  const world = await blocked((frame) => {
    if (isBroken) throw new TypeError("Failed to fetch");
    return frame.type === "say" ? [ack(frame.id, 2), message(2, "you"), message(3), state()] : greeting(frame);
  });
  isBroken = true;
  const id = world.connection.say("po");
  await settled();
  isBroken = false;
  await world.nextSocket();
  assert.equal(world.sockets.length, 3);
  world.socket.end();
  await settled();
  assert.deepEqual(world.posts.filter((frame) => frame.type === "say").map((frame) => frame.id), [id, id]);
  assert.deepEqual(world.texts, [1, 2, 3]);
});

test("over plain HTTP too a refusal, a lost session and a renewal are what they are", async () => {
  let answer = greeting;
  const world = await blocked((frame) => answer(frame));
  answer = (frame) =>
    frame.type === "say"
      ? { status: 429, body: { frames: [{ type: "error", id: frame.id, code: "too_many", text: "Pritni." }] } }
      : greeting(frame);
  world.connection.say("po");
  await settled();
  assert.equal(world.of("refused")[0].code, "too_many");
  assert.equal(world.statuses.at(-1), "polling");

  const asked = world.http.bodies("/session/ipko").length;
  answer = () => ({ status: 401, body: null });
  await world.clock.pass(5_000);
  assert.ok(world.http.bodies("/session/ipko").length > asked);

  answer = () => ({ status: 429, body: null });
  await world.clock.pass(1_000);
  for (const socket of world.sockets) if (socket.readyState === 0) socket.end();
  await world.clock.pass(1_000);
  assert.equal(world.statuses.at(-1), "offline penalty");
});
