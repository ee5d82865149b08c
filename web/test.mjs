// The page in a browser, with the network cut, on a demo that a `sanlian` of this tree serves.
//   SANLIAN_BIN   the program (target/debug/sanlian)      SANLIAN_DEMO  a data folder to use again (a new one is loaded)
//   CHROMIUM      the browser (/usr/bin/chromium)         SHOTS         a folder for pictures of what was seen
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("..", import.meta.url));
const { SANLIAN_BIN = join(root, "target/debug/sanlian"), SANLIAN_DEMO, CHROMIUM = "/usr/bin/chromium", SHOTS } = process.env;
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 375, height: 740 };

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

async function served() {
  const made = SANLIAN_DEMO ? null : mkdtempSync(join(tmpdir(), "sanlian-web-"));
  const port = await freePort();
  const arguments_ = ["demo", "--listen", `127.0.0.1:${port}`, "--data", SANLIAN_DEMO ?? made];
  const child = spawn(SANLIAN_BIN, arguments_, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, NO_COLOR: "1" } });
  let log = "";
  child.stderr.on("data", (text) => (log += text));
  const over = new Promise((done) => child.once("exit", done));
  let exited = false;
  over.then(() => (exited = true));
  const origin = `http://127.0.0.1:${port}`;
  for (const began = Date.now(); ; ) {
    if (exited || Date.now() - began > 600_000) throw new Error(`the server does not come up:\n${log}`);
    if (await fetch(`${origin}/health/ready`).then((answer) => answer.ok, () => false)) break;
    await new Promise((done) => setTimeout(done, 200));
  }
  const stop = async () => {
    child.kill("SIGTERM");
    await over;
    if (made) rmSync(made, { recursive: true });
  };
  return { origin, stop };
}

/** Somebody's browser, who asks this server and nobody else; what went wrong in it is kept. */
async function opened(browser, origin, { hurried, ...options } = {}) {
  const context = await browser.newContext({ viewport: WIDE, locale: "zh-CN", ...options });
  if (hurried) await context.addInitScript(hurry);
  const wrong = [];
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (new URL(url).origin === origin) return route.continue();
    wrong.push(`asked elsewhere: ${url}`);
    return route.abort();
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => wrong.push(`uncaught: ${error.stack ?? error}`));
  page.on("console", (message) => {
    // A browser logs every answer past 399, which some operations here are meant to get.
    const refused = /^Failed to load resource: the server responded with a status of 4/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !(refused && message.location().url === `${origin}/graphql`)) {
      wrong.push(`console: ${message.text()} (${message.location().url})`);
    }
  });
  page.on("requestfailed", (request) => {
    if (request.failure()?.errorText !== "net::ERR_ABORTED") wrong.push(`failed: ${request.url()}`);
  });
  await page.goto(`${origin}/`);
  await page.waitForSelector(".graphiql-query-editor .view-lines");
  return { page, context, wrong, close: async () => (assert.deepEqual(wrong, []), context.close()) };
}

/** In the browser: what should wait for more than ten minutes happens at once, the first time. */
function hurry() {
  const wait = window.setTimeout;
  window.setTimeout = (act, delay, ...rest) => {
    const long = delay > 600_000;
    if (long) window.setTimeout = wait;
    return wait.call(window, act, long ? 100 : delay, ...rest);
  };
}

const shot = async (page, name) => SHOTS && page.screenshot({ path: join(SHOTS, `${name}.png`) });
const alert = (page) => page.locator("header [role=alert]");
const model = (page, name) =>
  page.evaluate((name) => __MONACO.editor.getModels().find((one) => one.uri.path.endsWith(name))?.getValue() ?? "", name);

/** What came back, once it is there. */
async function answer(page) {
  await page.waitForFunction(() => {
    const value = __MONACO.editor.getModels().find((one) => one.uri.path.endsWith("response.json"))?.getValue();
    return value && !document.querySelector(".graphiql-response .graphiql-spinner");
  });
  return JSON.parse(await model(page, "response.json"));
}

async function write(page, query) {
  await page.click(".graphiql-query-editor .view-lines");
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(query);
  // The editor may close a bracket of its own accord.
  assert.ok((await model(page, "operation.graphql")).startsWith(query));
}

async function run(page) {
  await page.click("h1");
  await page.evaluate(() => __MONACO.editor.getModels().find((one) => one.uri.path.endsWith("response.json"))?.setValue(""));
  await page.click(".graphiql-execute-button");
  return answer(page);
}

async function signedInAs(page, account) {
  await page.selectOption("select[name=demo]", account);
  await page.waitForSelector(`.who:has-text("${account}")`);
}

const names = readdirSync(join(root, "examples"), { recursive: true })
  .filter((name) => name.endsWith(".graphql")).map((name) => name.replace(/\.graphql$/, "")).sort();

const tests = {
  async "it loads, and tells what every field is"(open) {
    const { page, close } = await open();
    assert.equal(await page.title(), "三联 Sanlian");
    await page.waitForSelector(".graphiql-doc-explorer >> text=Query");
    await page.click(".graphiql-doc-explorer-type-name >> text=Query");
    await page.waitForSelector(".graphiql-doc-explorer >> text=登录");
    await shot(page, "docs");
    await close();
  },

  async "it completes what one types, from a worker of this server's"(open) {
    const { page, close } = await open();
    await page.waitForSelector(".graphiql-doc-explorer >> text=Query");
    await write(page, "{ publ");
    await page.keyboard.press("Control+Space");
    await page.waitForSelector(".suggest-widget.visible >> text=publicFigures");
    await shot(page, "completion");
    await page.click("h1");
    await write(page, "query   Tidy{viewer{account}}");
    await page.click(".graphiql-toolbar button >> nth=1");
    await waited(async () => (await model(page, "operation.graphql")).startsWith("query Tidy {\n  viewer {"));
    assert.ok(page.workers().some((worker) => worker.url().includes("/explorer/graphql-worker-")));
    await close();
  },

  async "wrong passwords and missing sign-ins are told"(open) {
    const { page, close } = await open();
    await write(page, "query { viewer { account } }");
    const refused = await run(page);
    assert.equal(refused.errors[0].extensions.code, "UNAUTHENTICATED");
    await page.waitForSelector("header .said >> text=选一个演示账户");
    await page.fill("input[name=account]", "qingchuan");
    await page.fill("input[name=password]", "not-the-password");
    await page.click(".sign-in button[type=submit]");
    await page.waitForSelector("header .said >> text=账户或密码不对");
    assert.equal(await page.inputValue("input[name=password]"), "");
    await shot(page, "wrong-password");
    await page.fill("input[name=password]", "demo-county-2022");
    await page.click(".sign-in button[type=submit]");
    await page.waitForSelector('.who:has-text("县级办公室")');
    assert.equal(await alert(page).textContent(), "");
    assert.equal((await run(page)).data.viewer.account, "qingchuan");
    await close();
  },

  async "what is sent is what is written, however fast one is"(open) {
    const { page, close } = await open();
    const ran = (text) => {
      const model = (name) => __MONACO.editor.getModels().find((one) => one.uri.path.endsWith(name));
      model("response.json")?.setValue("");
      model("operation.graphql").setValue(text);
      document.querySelector(".graphiql-execute-button").click();
    };
    await page.evaluate(ran, "{ nameless: __typename }");
    assert.deepEqual((await answer(page)).data, { nameless: "Query" });
    await page.evaluate(ran, "query Named { named: __typename }");
    assert.deepEqual((await answer(page)).data, { named: "Query" });
    await close();
  },

  async "every example is answered with data"(open) {
    const { page, close } = await open();
    const offered = await page.locator("select[name=examples] option:not([value=''])").evaluateAll((all) => all.map((one) => one.value));
    assert.deepEqual(offered.sort(), names);
    for (const name of names) {
      const text = readFileSync(join(root, "examples", `${name}.graphql`), "utf8");
      await page.selectOption("select[name=examples]", name);
      await page.waitForFunction((text) => __MONACO.editor.getModels().some((one) => one.getValue() === text), text);
      const account = /Asked as `(.+?)`/.exec(text)?.[1];
      if (account) assert.equal(await page.locator(".who b").textContent(), account, name);
      assert.equal(await page.locator(".graphiql-tab").count(), 1);
      const got = /^mutation/m.test(text) ? await run(page) : await answer(page);
      assert.equal(got.errors, undefined, `${name}: ${JSON.stringify(got.errors)}`);
      const [value] = Object.values(got.data);
      assert.ok(value && JSON.stringify(value.userErrors ?? []) === "[]", `${name}: ${JSON.stringify(got)}`);
      assert.ok(!/"nodes":\[\]/.test(JSON.stringify(value)), `${name} finds nothing: ${JSON.stringify(value)}`);
      // It looks a moment after one has stopped typing.
      await page.waitForTimeout(800);
      const faults = page.locator(".squiggly-error, .squiggly-warning");
      await waited(async () => (await faults.count()) === 0, `the editor finds fault with ${name}`);
      await shot(page, name.replace("/", "-"));
    }
    await close();
  },

  async "a bad query is told well"(open) {
    const { page, close } = await open();
    await page.waitForSelector(".graphiql-doc-explorer >> text=Query");
    await write(page, "query { viewr { account } }");
    await page.waitForSelector(".graphiql-query-editor .squiggly-error");
    const refused = await run(page);
    assert.equal(refused.errors[0].extensions.code, "INVALID");
    await page.waitForSelector(".last .bad >> text=错误 1");
    await shot(page, "bad-query");
    await write(page, "query { ");
    assert.equal((await run(page)).errors[0].extensions.code, "INVALID");
    await close();
  },

  async "a session goes on past its token, and ends when told"(open) {
    const { page, context, close } = await open({ hurried: true });
    const sent = [];
    page.on("request", (request) => request.url().endsWith("/graphql") && sent.push(request));
    await signedInAs(page, "member");
    const refreshed = await waited(() => sent.find((request) => request.postData().includes("sessionRefresh")));
    assert.equal(refreshed.headers().authorization, undefined);
    await refreshed.response();
    await write(page, "query { viewer { account } }");
    assert.equal((await run(page)).data.viewer.account, "member");
    assert.notEqual(sent.at(-1).headers().authorization, undefined);
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    assert.ok(!kept.includes(sent.at(-1).headers().authorization.slice(7)), "a token is kept in the browser's storage");
    assert.deepEqual(await context.cookies(), []);
    await page.click(".who button");
    await page.waitForSelector(".sign-in");
    assert.equal(await model(page, "response.json"), "");
    await waited(() => sent.find((request) => request.postData().includes("signOut")));
    await close();
  },

  async "it is light and dark, as the system is or as one likes"(open) {
    for (const scheme of ["light", "dark"]) {
      const { page, close } = await open({ colorScheme: scheme });
      const bright = async () => {
        const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        return Number(/\d+/.exec(colour)[0]) > 128;
      };
      assert.equal(await bright(), scheme === "light");
      await page.selectOption("select[name=examples]", "front-end/county");
      await answer(page);
      await page.waitForTimeout(500);
      await shot(page, scheme);
      await page.click(".theme");
      assert.equal(await bright(), true);
      await page.click(".theme");
      assert.equal(await bright(), false);
      await page.waitForTimeout(300);
      await shot(page, `${scheme}-turned-dark`);
      await page.reload();
      await page.waitForSelector(".graphiql-query-editor .view-lines");
      assert.equal(await bright(), false, "the look is not kept");
      await close();
    }
  },

  async "it speaks English, too"(open) {
    const { page, close } = await open({ locale: "en-GB" });
    await page.waitForSelector("button >> text=Sign in");
    await shot(page, "english");
    await page.click(".looks button:last-child");
    await page.waitForSelector(".sign-in >> text=登录");
    assert.equal(await page.evaluate(() => document.documentElement.lang), "zh");
    await close();
  },

  async "it works on a narrow screen"(open) {
    const { page, close } = await open({ viewport: NARROW, hasTouch: true, isMobile: true });
    await shot(page, "narrow");
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok((await overflow()) <= 0, "it is wider than the screen");
    await signedInAs(page, "member");
    await page.selectOption("select[name=examples]", "phone/mine");
    const mine = await answer(page);
    assert.ok(mine.data.viewer.seats[0].links.length > 0);
    for (const part of [".graphiql-query-editor", ".graphiql-response", ".graphiql-execute-button", ".who button"]) {
      const box = await page.locator(part).boundingBox();
      assert.ok(box && box.x >= 0 && box.x + box.width <= NARROW.width && box.height > 20, `${part}: ${JSON.stringify(box)}`);
      if (part.startsWith(".graphiql") && !part.endsWith("button")) assert.ok(box.width > 300, `${part}: ${JSON.stringify(box)}`);
    }
    await page.waitForTimeout(500);
    await shot(page, "narrow-signed-in");
    await page.click(".graphiql-sidebar button >> nth=0");
    await page.waitForSelector(".graphiql-doc-explorer");
    assert.ok((await overflow()) <= 0, "it is wider than the screen");
    await shot(page, "narrow-docs");
    await page.selectOption("select[name=examples]", "phone/visit");
    await page.waitForSelector(".graphiql-session-header >> text=RecordVisit");
    await page.click("button[data-name=variables]");
    await page.waitForTimeout(500);
    await shot(page, "narrow-variables");
    assert.equal((await run(page)).data.activityRecord.activity.verification, "SUBMITTED");
    await close();
  },
};

async function waited(look, otherwise = `this did not happen: ${look}`) {
  for (let tries = 0; tries < 100; tries++) {
    const found = await look();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(otherwise);
}

if (SHOTS) mkdirSync(SHOTS, { recursive: true });
const server = await served();
const cut = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];
const browser = await chromium.launch({ executablePath: CHROMIUM, args: cut });
let failed = 0;
try {
  for (const [name, test] of Object.entries(tests)) {
    if (process.argv[2] && !name.includes(process.argv[2])) continue;
    const began = Date.now();
    let last;
    const open = async (options) => (last = await opened(browser, server.origin, options));
    try {
      await test(open);
      console.log(`ok      ${name} (${Date.now() - began} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}\n${error.stack}\n${last?.wrong.join("\n") ?? ""}`);
      if (last) await shot(last.page, `failed-${failed}`).catch(() => {});
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
process.exitCode = failed ? 1 : 0;
