// Pictures of pages at 390 and 1280 pixels, light and dark, and the faults of accessibility that axe finds.
//
// npm install --no-save puppeteer-core axe-core
// node tools/pages/look.mjs FILE... [--pictures FOLDER]
//
// Ends with 1 where axe finds a fault, the page reports an error, asks the network for something or scrolls sideways.
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import {basename, resolve} from "node:path";
import {pathToFileURL} from "node:url";
import puppeteer from "puppeteer-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const args = process.argv.slice(2), at = args.indexOf("--pictures");
const folder = at < 0 ? null : args.splice(at, 2)[1];
const browser = await puppeteer.launch({executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"]});
let faults = 0, views = 0;
for (const file of args) for (const width of [390, 1280]) for (const scheme of ["light", "dark"]) {
  const page = await browser.newPage(), wrong = [];
  page.on("pageerror", error => wrong.push(error.message));
  page.on("console", message => { if (["error", "warn"].includes(message.type())) wrong.push(message.text()); });
  page.on("request", request => { if (!/^(file|data):/.test(request.url())) wrong.push(`asks for ${request.url()}`); });
  await page.setViewport({width, height: 900});
  await page.emulateMediaFeatures([{name: "prefers-color-scheme", value: scheme}]);
  await page.goto(pathToFileURL(resolve(file)));
  await new Promise(done => setTimeout(done, 500));
  if (folder) await page.screenshot({path: `${folder}/${basename(file, ".html")}-${width}-${scheme}.png`, fullPage: true});
  if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) wrong.push("scrolls sideways");
  await page.setBypassCSP(true);  // for axe itself, which the page's policy would not let run
  await page.reload();
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await axe.run()).violations.map(one => `${one.id}: ${one.nodes[0].html}`));
  for (const text of [...wrong, ...found]) console.log(`${file} ${width} ${scheme}: ${text}`);
  faults += wrong.length + found.length;
  views += 1;
  await page.close();
}
await browser.close();
console.log(`${args.length} files, ${views} views, ${faults} faults`);
process.exit(faults ? 1 : 0);
