// Looks at every page of the dashboard in a real browser, and does what people do there: see scripts/pages.sh.
//
//   node scripts/pages.mjs ADDRESS MODULES [IMAGES]
//
// ADDRESS is that of `seedtest demo --serve`, MODULES a directory with playwright-core and axe-core, IMAGES where
// screenshots go. What is wrong is printed, a line each; exit code 1 then.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const [address, modules, images] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), "node_modules", "x.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const faults = [];
const fault = (where, what) => faults.push(`${where}: ${what}`);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});

const SCREENS = [
  { name: "desktop", viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  { name: "phone", viewport: { width: 390, height: 844 }, colorScheme: "dark", isMobile: true, hasTouch: true },
];

async function open(screen, more = {}) {
  const { name, ...options } = screen;
  const context = await browser.newContext({ ...options, ...more, baseURL: address });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) fault(`${name} ${page.url()}`, message.text());
  });
  page.on("pageerror", (error) => fault(`${name} ${page.url()}`, error.message));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address) && !url.startsWith("data:")) fault(page.url(), `asks ${url}`);
  });
  return page;
}

const seconds = (from) => ((performance.now() - from) / 1000).toFixed(2);

// Every page, in both languages.
const seeker = await open(SCREENS[0]);
await seeker.goto("/classes?lang=en");
const classPath = await seeker.locator("table.stack tbody th a").first().getAttribute("href");
await seeker.goto(classPath);
const studentPath = await seeker.locator(".heat tbody th a").first().getAttribute("href");
await seeker.goto("/items");
const itemPath = await seeker.locator("table.stack tbody th a").first().getAttribute("href");
await seeker.goto("/operations");
const runPath = await seeker.locator("#runs table tbody th a").first().getAttribute("href");
await seeker.context().close();

const paths = ["/school", "/classes", classPath, studentPath, "/items", itemPath, "/models", "/operations", runPath, "/imports", "/accounts"];
for (const screen of SCREENS) {
  const strict = await open(screen);
  // axe has to be put into the page, which its policy forbids.
  const loose = await open(screen, { bypassCSP: true });
  for (const lang of ["ko", "en"]) {
    for (const path of paths) {
      const where = `${screen.name} ${lang} ${path}`;
      const url = `${path}${path.includes("?") ? "&" : "?"}lang=${lang}`;
      const begun = performance.now();
      const answer = await strict.goto(url);
      if (answer.status() !== 200) fault(where, `answers ${answer.status()}`);
      const wide = await strict.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (wide > 0) fault(where, `${wide} px wider than the screen`);
      if (lang === "ko" && images) {
        const name = path.split("/")[1] + (path.split("/").length > 2 ? "-one" : "");
        await strict.screenshot({ path: join(images, `dashboard-${name}-${screen.name}.png`) });
      }
      console.log(`${where}: ${seconds(begun)} s`);
      await loose.goto(url);
      await loose.evaluate(() => document.querySelectorAll("details").forEach((of) => { of.open = true; }));
      await loose.evaluate(axe);
      const found = await loose.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }));
      for (const violation of found.violations) {
        const nodes = violation.nodes.slice(0, 3).map((node) => node.target.join(" "));
        fault(where, `axe ${violation.id} (${violation.nodes.length}): ${violation.help} at ${nodes.join("; ")}`);
      }
    }
  }
  await strict.context().close();
  await loose.context().close();
}

const page = await open(SCREENS[0], { locale: "en-GB", acceptDownloads: true });
const expect = async (where, what, locator) => {
  await locator.first().waitFor({ state: "visible", timeout: 15000 }).catch(() => fault(where, `no ${what}`));
};

// The keyboard: the first stop leads to the content.
await page.goto(classPath);
await page.keyboard.press("Tab");
await page.keyboard.press("Enter");
if (!(await page.evaluate(() => location.hash === "#main"))) fault("keyboard", "the first stop does not lead to the content");

// From a class to a student and back.
await page.locator(".heat tbody th a").first().click();
await expect("student", "history", page.locator("#history table"));
await page.goBack();
await expect("back", "heat map", page.locator("#heat table"));

// The table sorts and filters.
await page.locator("#filter").fill("zzzzzz");
await expect("filter", "count of what was found", page.locator("#found"));
await page.locator("#filter").fill("");

// A note with what would be a script.
const hostile = `<img src=x onerror="document.title='caught'">`;
const follow = page.locator("#follow form").first();
if (await follow.count()) {
  await follow.locator("input[name=note]").fill(hostile);
  await follow.locator("button[value=intervention]").click();
  await expect("note", "note as it was typed", page.locator("#follow").getByText(hostile));
  if ((await page.title()).includes("caught")) fault("note", "a note ran as a script");
}

// A goal of a student.
await page.goto(studentPath);
await page.locator("#goals select[name=topic]").first().waitFor();
await page.locator("#goals input[name=target_score]").fill("80");
await page.locator("#goals input[name=target_date]").fill("2026-12-24");
await page.locator("#goals button.main").click();
await expect("goal", "goal", page.locator("#goals li").getByText("2026-12-24"));

// What is shown, as files.
await page.goto(classPath);
for (const format of ["CSV", "XLSX"]) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: format }).click()]);
  if (!readFileSync(await file.path()).length) fault("export", `${format} is empty`);
}
const [chart] = await Promise.all([page.waitForEvent("download"), page.locator(".save-chart button").first().click()]);
if (!readFileSync(await chart.path(), "utf8").includes("<svg")) fault("chart", "no SVG");
const [image] = await Promise.all([page.waitForEvent("download"), page.locator(".save-chart button").nth(1).click()]);
if (readFileSync(await image.path()).subarray(1, 4).toString() !== "PNG") fault("chart", "no PNG");

// Print: the content without the ways around it.
await page.emulateMedia({ media: "print" });
if (await page.locator("div.bar, div.topbar").first().isVisible()) fault("print", "the bar is printed");
if ((await page.pdf({ format: "A4" })).length < 10000) fault("print", "an empty print");
await page.emulateMedia({ media: "screen" });

// A job with its progress.
await page.goto("/operations");
const job = page.locator("#jobs li").filter({ hasText: "verify-counts" });
await job.locator("summary").click();
await job.getByRole("button", { name: "Run", exact: true }).click();
await expect("job", "end of the job", page.locator("#job-told").getByText(/done|nothing to do/));
await page.locator("#job-told a").click();
await expect("job", "run", page.locator("h1").getByText("verify-counts"));

// A file is dropped, looked at, taken, and taken back.
const rows = ["student,item,correct,time,topic"];
for (let s = 0; s < 6; s += 1) for (let i = 0; i < 5; i += 1) rows.push(`x${s},q${i},${(s + i) % 2},2025-06-0${i + 1}T10:0${s}:00Z,t${i % 2}`);
rows.push("x9,q1,perhaps,2025-06-01T10:00:00Z,t1");
await page.goto("/imports");
const data = await page.evaluateHandle((text) => {
  const moved = new DataTransfer();
  moved.items.add(new File([text], "dropped.csv", { type: "text/csv" }));
  return moved;
}, rows.join("\n"));
await page.dispatchEvent("#drop", "drop", { dataTransfer: data });
await page.waitForURL("**/imports/files/*");
await expect("preview", "count of answers", page.locator(".facts dd").getByText("30", { exact: true }));
await expect("preview", "rejected row", page.locator("#rejects"));
await page.locator("input[name=compute]").uncheck();
await page.locator("#take button.main").click();
await page.waitForURL("**/imports?done=*");
const line = page.locator("#list tbody tr").filter({ hasText: "dropped.csv" }).first();
await expect("import", "line", line);
await line.locator("summary").click();
await line.locator("form button").click();
await expect("undo", "word that it is undone", page.locator(".said-now"));

await browser.close();
if (faults.length) {
  console.error(faults.join("\n"));
  process.exit(1);
}
console.log(`${paths.length} pages on ${SCREENS.length} screens in 2 languages, and everything that can be done there: no faults`);
