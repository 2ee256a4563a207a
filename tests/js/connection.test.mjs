// What reaches the person and the server through losses, sleeps and restarts: each message once, each thing said once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ack, message, settled, state, welcome, World } from "./fakes.mjs";

// ---- beginning ------------------------------------------------------------------------------------------------------

test("it asks for the session, then says hello on its company's socket", async () => {
  const world = await World.online();

  assert.equal(world.socket.url, "wss://chat.example/ws/ipko");
  assert.deepEqual(world.socket.sent, [{ type: "hello", last_seq: 0 }]);
  assert.deepEqual(world.statuses, ["connecting", "online"]);
  assert.deepEqual(world.texts, [1]);
});

test("what is said before the conversation stands waits for it, in its order", async () => {
  const world = new World();
  world.connection.say("e para");
  world.connection.choose("po");
  await settled();
  assert.deepEqual(world.of("pending"), [{ id: "id-1", text: "e para" }, { id: "id-2", text: null }]);

  await world.welcome({ seq: 1, messages: [1] });
  assert.deepEqual(world.socket.sent.slice(1), [{ type: "say", id: "id-1", text: "e para" }]);
  world.socket.receive(ack("id-1", 2));
  assert.deepEqual(world.socket.sent.at(-1), { type: "choose", id: "id-2", value: "po" });
});

test("nothing goes out before what was missed has come", async () => {
  const world = new World();
  world.connection.say("tung");
  await settled();
  world.socket.open();
  world.socket.receive(welcome(1), message(1));
  assert.equal(world.socket.sent.length, 1);

  world.socket.receive(state());
  assert.equal(world.socket.sent.length, 2);

  world.socket.receive(ack("id-1", 2));
  world.socket.end();
  await world.nextSocket();
  world.socket.open();
  world.socket.receive(welcome(3));
  world.connection.say("prapë");
  assert.equal(world.socket.sent.length, 1);
});

// ---- losses ---------------------------------------------------------------------------------------------------------

test("lost before it was taken, a message goes again with the same id", async () => {
  const world = await World.online();
  const id = world.connection.say("sa gjatë?");
  world.socket.end();
  await world.clock.pass(30_000);
  await world.welcome({ seq: 1 });

  assert.deepEqual(world.socket.sent, [{ type: "hello", last_seq: 1 }, { type: "say", id, text: "sa gjatë?" }]);
  world.socket.receive(ack(id, 2), message(2, "you"), message(3), state());
  assert.deepEqual(world.texts, [1, 2, 3]);
  assert.deepEqual(world.of("ack"), [{ id, seq: 2 }]);
});

test("lost after it was taken, a message is confirmed again and shown once", async () => {
  const world = await World.online();
  const id = world.connection.say("sa gjatë?");
  world.socket.end(); // the server took it; its word was lost
  await world.clock.pass(30_000);
  await world.welcome({ seq: 3, messages: [2, 3] });

  assert.equal(world.socket.sent[1].id, id);
  world.socket.receive(ack(id, 2), state());
  assert.deepEqual(world.texts, [1, 2, 3]);
  assert.deepEqual(world.of("ack"), [{ id, seq: 2 }]);
  world.socket.end();
  await world.clock.pass(30_000);
  await world.welcome({ seq: 3 });
  assert.equal(world.socket.sent.length, 1); // confirmed, it is not sent a third time
});

test("a second confirmation of the same message tells nothing new", async () => {
  const world = await World.online();
  const id = world.connection.say("po");
  world.socket.receive(ack(id, 2), ack(id, 2), ack("another-tab", 3));
  assert.equal(world.of("ack").length, 1);
});

test("what a closed socket still brings is not heard", async () => {
  const world = await World.online();
  const old = world.socket;
  const heard = old.onmessage;
  old.end();
  heard({ data: JSON.stringify(message(2)) });
  await settled();
  assert.equal(old.onmessage, null);
  assert.deepEqual(world.texts, [1]);
});

// ---- order ----------------------------------------------------------------------------------------------------------

test("a message that came twice is shown once", async () => {
  const world = await World.online();
  world.socket.receive(message(2), message(2), message(1), message(3));
  assert.deepEqual(world.texts, [1, 2, 3]);
  assert.equal(world.socket.sent.length, 1);
});

test("after a gap it asks for the rest, once, and shows all in order", async () => {
  const world = await World.online();
  world.socket.receive(message(4), message(5));
  assert.deepEqual(world.texts, [1]);
  assert.deepEqual(world.socket.sent.slice(1), [{ type: "hello", last_seq: 1 }]);

  world.socket.receive(welcome(5), message(2), message(3), message(4), message(5), state());
  assert.deepEqual(world.texts, [1, 2, 3, 4, 5]);
});

test("what does not exist any more is not asked for again and again", async () => {
  const world = await World.online();
  world.socket.receive(message(4));
  world.socket.receive(welcome(4), message(4), state());
  assert.deepEqual(world.texts, [1, 4]);
  world.socket.receive(message(5));
  assert.deepEqual(world.texts, [1, 4, 5]);
  assert.equal(world.socket.sent.length, 2);
});

test("a live message amid what was missed takes its place", async () => {
  const world = new World();
  await settled();
  world.socket.open();
  world.socket.receive(welcome(3), message(1), message(4), message(2), message(3), state());
  assert.deepEqual(world.texts, [1, 2, 3, 4]);
});

test("malformed frames are dropped, whatever they are, and the rest goes on", async () => {
  const world = await World.online();
  const before = world.told.length;
  for (const bad of [
    "", "null", "[]", "7", '"message"', "{", '{"type":"constructor"}', '{"type":"__proto__"}', { type: "message" },
    { ...message(2), seq: -1 }, { ...message(2), seq: 1.5 }, { ...message(2), seq: "2" }, { ...message(2), from: "admin" },
    { ...message(2), blocks: "x" }, { type: "ack", id: 7, seq: 1 }, { type: "state", expects: "money", held: false },
    { type: "state", expects: "code", held: false, code: {} }, { type: "renew" }, { type: "forgotten" },
    { type: "error", code: "x" }, { type: "welcome", seq: null }, { type: "unknown" },
  ]) {
    world.socket.receive(bad);
  }
  world.socket.onmessage({ data: new ArrayBuffer(8) });
  assert.equal(world.told.length, before);

  world.socket.receive({ ...message(2), blocks: [{ type: "hologram" }, { type: "paragraph", text: "po" }, null] });
  assert.deepEqual(world.of("message").at(-1).blocks, [{ type: "paragraph", text: "po" }]);
});

// ---- another conversation -------------------------------------------------------------------------------------------

test("a conversation that began anew is told before its messages", async () => {
  const world = await World.online();
  world.socket.receive(message(2));
  world.socket.end(4401);
  world.http.sessions.clear();
  await world.clock.pass(0);
  await world.welcome({ seq: 1, messages: [1] });

  const later = world.told.slice(world.told.findIndex(([name]) => name === "reset"));
  assert.deepEqual(later.filter(([name]) => name !== "state" && name !== "status").map(([name]) => name), [
    "reset", "message",
  ]);
  assert.deepEqual(world.texts, [1, 2, 1]);
});

test("another conversation is known by its name even when it is longer", async () => {
  const world = new World();
  await world.welcome({ seq: 1, messages: [1], conversation: "a" });
  world.socket.end();
  await world.clock.pass(30_000);
  await world.welcome({ seq: 2, messages: [1, 2], conversation: "b" });

  assert.deepEqual(world.socket.sent[0], { type: "hello", last_seq: 1, conversation: "a" });
  assert.equal(world.of("reset").length, 1);
  assert.deepEqual(world.texts, [1, 1, 2]);
});

test("a conversation that was erased ends everything and drops what waits", async () => {
  const world = await World.online();
  world.connection.say("kjo pret");
  world.socket.receive({ type: "forgotten", text: "U fshi." });
  world.connection.say("a jeni aty?");
  await world.clock.pass(600_000);

  assert.deepEqual(world.of("forgotten"), [{ text: "U fshi." }]);
  assert.equal(world.statuses.at(-1), "stopped");
  assert.equal(world.of("refused")[0].code, "stopped");
  assert.equal(world.sockets.length, 1);
  assert.deepEqual(world.clock.pending, []);
});

// ---- refusals -------------------------------------------------------------------------------------------------------

test("a refused message is told and not sent again, and the next one goes", async () => {
  const world = await World.online();
  world.connection.say("e para");
  world.connection.say("e dyta");
  world.socket.receive({ type: "error", id: "id-1", code: "too_many", text: "Pritni pak.", retry_seconds: 7 });

  assert.deepEqual(world.of("refused"), [{ id: "id-1", code: "too_many", text: "Pritni pak.", retrySeconds: 7 }]);
  assert.equal(world.socket.sent.at(-1).id, "id-2");
});

test("a message that no frame can carry is refused here", async () => {
  const world = await World.online();
  world.connection.say("ë".repeat(8 * 1024));
  assert.equal(world.of("refused")[0].code, "too_long");
  assert.match(world.of("refused")[0].text, /^Tepër e gjatë: \d+\.$/);
  assert.equal(world.socket.sent.length, 1);
});

test("a message that the server found too big does not come back with the next socket", async () => {
  const world = await World.online();
  world.connection.say("shumë");
  world.socket.end(1009);
  await world.clock.pass(30_000);
  await world.welcome();
  assert.equal(world.of("refused")[0].code, "too_long");
  assert.equal(world.socket.sent.length, 1);
});

test("a busy server is asked again after the time it names, a few times", async () => { // R52
  const world = await World.online();
  const id = world.connection.say("po");
  const busy = { type: "error", id, code: "busy", text: "Jam i zënë.", retry_seconds: 5 };
  for (const sends of [1, 2, 3]) {
    world.socket.receive(busy);
    await world.clock.pass(4_999);
    assert.equal(world.socket.sent.filter((frame) => frame.id === id).length, sends);
    await world.clock.pass(5_001);
    assert.equal(world.socket.sent.filter((frame) => frame.id === id).length, sends + 1);
  }
  world.socket.receive(busy);
  assert.equal(world.of("refused").length, 1);
});

test("while nothing can be kept the message waits, told once", async () => {
  const world = await World.online();
  const id = world.connection.say("po");
  for (let times = 0; times < 8; times += 1) {
    world.socket.receive({ type: "error", id, code: "unavailable", text: "Pret.", retry_seconds: 5 });
    await world.clock.pass(10_000);
  }
  assert.deepEqual(world.of("error"), [{ code: "unavailable", text: "Pret." }]);
  assert.deepEqual(world.of("refused"), []);
  world.socket.receive(ack(id, 2));
  assert.deepEqual(world.of("ack"), [{ id, seq: 2 }]);
});

// ---- a fresh session ------------------------------------------------------------------------------------------------

test("a renewal posts the ticket first, then takes a new socket, then closes with the old one", async () => { // R19
  const world = await World.online();
  const old = world.socket;
  old.receive({ type: "renew", ticket: "bileta" });
  assert.ok(old.isOpen);
  world.connection.say("gjatë ndërrimit");
  await settled();
  await settled();
  await settled();

  assert.deepEqual(world.http.bodies("/session/ipko").at(-1), { ticket: "bileta" });
  assert.ok(!old.isOpen);
  assert.equal(world.sockets.length, 2);
  assert.equal(old.sent.length, 1); // what was said meanwhile does not go under the old session
  await world.welcome({ seq: 1 });
  assert.equal(world.socket.sent[1].text, "gjatë ndërrimit");
  assert.equal(world.statuses.at(-1), "online");
});

test("the server's own closing during a renewal opens no socket under the old session", async () => { // R19
  const world = await World.online();
  let release;
  world.http.answer = ({ body }) => (body?.ticket ? new Promise((go) => (release = go)) : undefined);
  world.socket.receive({ type: "renew", ticket: "bileta" });
  await settled();
  await settled();
  world.socket.end(4001);
  await world.clock.pass(5_000);
  assert.equal(world.sockets.length, 1);

  release();
  await settled();
  await settled();
  assert.equal(world.sockets.length, 2);
});

test("a ticket is posted again when the network lost it, and given up when it is refused", async () => {
  const world = await World.online();
  world.http.network = "down";
  world.socket.receive({ type: "renew", ticket: "bileta" });
  await world.clock.pass(1_000);
  world.http.network = "up";
  await world.clock.pass(3_000);
  assert.equal(world.http.bodies("/session/ipko").filter((body) => body.ticket).length, 2);
  assert.equal(world.sockets.length, 2);

  await world.welcome();
  world.http.answer = ({ body }) => (body?.ticket ? { status: 409 } : undefined);
  world.socket.receive({ type: "renew", ticket: "e vjetër" });
  await world.clock.pass(1_000);
  assert.equal(world.http.bodies("/session/ipko").filter((body) => body.ticket === "e vjetër").length, 1);
  assert.equal(world.sockets.length, 3);
});

test("in a second tab a renewal elsewhere fetches the new session's token before it connects", async () => { // R23
  const world = await World.online();
  const asked = world.http.requests.length;
  world.socket.end(4001);
  await world.clock.pass(0);
  assert.deepEqual(world.http.requests.slice(asked).map(({ body }) => body), [{}]);
  assert.equal(world.sockets.length, 2);
});

// ---- over a bad network, by chance ----------------------------------------------------------------------------------

/** A server that keeps a conversation, takes each id once, and answers every message with another one. */
class FakeConversation {
  messages = [message(1)];
  taken = new Map();

  /** @returns frames for one of the client's */
  hear(frame) {
    if (frame.type === "hello") {
      return [welcome(this.messages.length), ...this.messages.slice(frame.last_seq), state()];
    }
    const known = this.taken.get(frame.id);
    if (known) return [ack(frame.id, known), state()];
    const seq = this.messages.length + 1;
    this.taken.set(frame.id, seq);
    this.messages.push({ ...message(seq, "you"), said: frame.text }, message(seq + 1));
    return [ack(frame.id, seq), ...this.messages.slice(seq - 1), state()];
  }
}

for (const seed of Array(40).keys()) {
  test(`over a network that breaks at any frame, each message comes once (${seed})`, async () => {
    let last = seed + 1;
    const random = () => (last = (last * 48_271) % 2_147_483_647) / 2_147_483_647;
    const server = new FakeConversation();
    const world = new World();
    const said = [];
    const serve = async (mayBreak) => {
      for (let socket = world.socket; socket; ) {
        if (mayBreak && random() < 0.2) return socket.end();
        if (socket.readyState === 0) socket.open();
        const frame = socket.sent[(socket.read = (socket.read ?? 0) + 1) - 1];
        if (!frame) return void (socket.read -= 1);
        for (const answer of server.hear(frame)) {
          if (mayBreak && random() < 0.1) return socket.isOpen ? socket.end() : undefined;
          if (socket.isOpen) socket.receive(answer);
        }
        await settled();
        if (world.socket !== socket || !socket.isOpen) return;
      }
    };
    for (let round = 0; round < 30; round += 1) {
      if (random() < 0.4) said.push(world.connection.say(`fjala ${round}`));
      await world.clock.pass(random() * 3_000);
      if (world.socket && world.socket.readyState <= 1) await serve(true);
    }
    for (let round = 0; round < 40; round += 1) {
      await world.clock.pass(2_000);
      if (world.socket && world.socket.readyState <= 1) await serve(false);
    }

    assert.deepEqual(world.texts, server.messages.map(({ seq }) => seq));
    assert.deepEqual([...server.taken.keys()], said);
    assert.deepEqual(world.of("ack").map(({ id }) => id), said);
    assert.deepEqual(world.of("reset"), []);
  });
}
