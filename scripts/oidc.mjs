// Signs in at a real OpenID provider (npm oidc-provider), as a browser does, and looks at what the service makes of it.
//
//   npm install oidc-provider          # in any directory
//   node scripts/oidc.mjs PATH/TO/seedtest PATH/TO/node_modules
//
// The provider and the service run on free ports of this machine; the database is made in a temporary directory.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [binary, modules] = process.argv.slice(2);
if (!binary || !modules) {
  console.error("usage: node scripts/oidc.mjs PATH/TO/seedtest PATH/TO/node_modules");
  process.exit(2);
}
const { default: Provider } = await import(pathToFileURL(resolve(modules, "oidc-provider/lib/index.js")));

const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

const people = {
  tom: { email: "tom@school.example", email_verified: true, name: "Tom" },
  kim: { name: "Kim", role: "guardian", student_ids: ["amy"] },
  eve: { email: "anna@school.example", email_verified: false, name: "Eve" },
};

async function startProvider(issuer, port, back) {
  const provider = new Provider(issuer, {
    clients: [{ client_id: "seedtest", client_secret: "a secret: of+this test", redirect_uris: [back] }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "role", "student_ids"] },
    // What people are stands in the token itself.
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ["a key of this test"] },
  });
  return new Promise((done) => {
    const server = provider.listen(port, "127.0.0.1", () => done(server));
  });
}

// A browser: cookies of each host, no redirects by itself.
class Browser {
  jars = new Map();

  async send(address, form) {
    const url = new URL(address);
    const jar = this.jars.get(url.host) ?? new Map();
    this.jars.set(url.host, jar);
    const headers = { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") };
    const body = form && new URLSearchParams(form);
    const answer = await fetch(url, { method: form ? "POST" : "GET", headers, body, redirect: "manual" });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/);
      if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(cookie)) jar.delete(name);
      else jar.set(name, value);
    }
    const location = answer.headers.get("location");
    return { status: answer.status, url, text: await answer.text(), to: location && new URL(location, url).href };
  }

  // Follows the way through the forms of the provider; ends at a page of the service.
  async signIn(service, login) {
    let shown = await this.send(`${service}/sign-in/provider?next=%2Faccount`);
    for (let step = 0; step < 20; step++) {
      if (shown.to?.startsWith(service) && !shown.to.includes("/callback")) return shown.to.slice(service.length);
      if (shown.to) {
        shown = await this.send(shown.to);
        continue;
      }
      const action = shown.text.match(/action="([^"]+)"/)?.[1];
      assert.ok(action, `no form at ${shown.url}: ${shown.status} ${shown.text.slice(0, 300)}`);
      const prompt = shown.text.match(/name="prompt" value="([^"]+)"/)?.[1];
      shown = await this.send(new URL(action, shown.url).href, { prompt, login, password: "any" });
    }
    assert.fail("the sign-in does not end");
  }
}

const dir = mkdtempSync(join(tmpdir(), "seedtest-oidc-"));
const [providerPort, servicePort] = [await freePort(), await freePort()];
const [issuer, service] = [`http://127.0.0.1:${providerPort}`, `http://127.0.0.1:${servicePort}`];
const data = ["--data-dir", join(dir, "data"), "--quiet"];
execFileSync(binary, ["account", "add", "tom@school.example", "--role", "teacher", "--class", "7a", ...data]);
execFileSync(binary, ["account", "add", "anna@school.example", "--role", "operator", ...data]);
execFileSync(binary, ["session", "add", "s-1", "--student", "amy", ...data]);
const provider = await startProvider(issuer, providerPort, `${service}/sign-in/provider/callback`);
const served = spawn(binary, ["serve", "--bind", `127.0.0.1:${servicePort}`, "--public-url", service, ...data], {
  env: { ...process.env, OIDC_ISSUER: issuer, OIDC_CLIENT_ID: "seedtest", OIDC_CLIENT_SECRET: "a secret: of+this test" },
  stdio: ["ignore", "inherit", "inherit"],
});
try {
  for (let tries = 0; ; tries++) {
    const up = await fetch(`${service}/livez`).then((answer) => answer.ok, () => false);
    if (up) break;
    assert.ok(tries < 100, "the service does not start");
    await new Promise((done) => setTimeout(done, 100));
  }
  const tom = new Browser();
  assert.equal(await tom.signIn(service, "tom"), "/account");
  assert.match((await tom.send(`${service}/account`)).text, /tom@school\.example/);
  const kim = new Browser();
  assert.equal(await kim.signIn(service, "kim"), "/account");
  assert.equal((await kim.send(`${service}/students/amy`)).status, 200);
  assert.equal((await kim.send(`${service}/students/bob`)).status, 404);
  // An address of mail that nobody verified is nobody's.
  assert.equal(await new Browser().signIn(service, "eve"), "/sign-in?problem=not_known");
  assert.equal(await new Browser().signIn(service, "zoe"), "/sign-in?problem=not_known");
  console.log("signed in at oidc-provider: an invited teacher, a guardian by claims; two were not known");
} finally {
  served.kill();
  provider.close();
  provider.closeAllConnections();
  rmSync(dir, { recursive: true, force: true });
}
