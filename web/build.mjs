// Bundles the page into dist/: index.html, and files named by their content. Text lies there gzipped alone: the server
// hands it out as it is, and every browser reads it.
import { build } from "esbuild";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { join, relative, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const here = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const out = join(here, "dist");
const EXAMPLES = join(here, "..", "examples");
const MONACO = {
  editor: "monaco-editor/esm/vs/editor/editor.worker.js",
  json: "monaco-editor/esm/vs/language/json/json.worker.js",
  graphql: "monaco-graphql/esm/graphql.worker.js",
};
const LICENCES = ["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD"];

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: ["chrome109", "firefox115", "safari16"],
  outdir: out,
  publicPath: "/explorer",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  write: false,
  logLevel: "warning",
  define: { "process.env.NODE_ENV": '"production"' },
};

/** The operations of examples/, as a module. */
const examples = {
  name: "examples",
  setup(build) {
    build.onResolve({ filter: /^examples$/ }, () => ({ path: "examples", namespace: "examples" }));
    build.onLoad({ filter: /.*/, namespace: "examples" }, async () => {
      const names = (await readdir(EXAMPLES, { recursive: true })).filter((name) => name.endsWith(".graphql")).sort();
      const all = names.map(async (name) => {
        const variables = await readFile(join(EXAMPLES, name.replace(/graphql$/, "json")), "utf8").catch(() => "");
        return { name: name.replace(/\.graphql$/, ""), query: await readFile(join(EXAMPLES, name), "utf8"), variables };
      });
      return { contents: JSON.stringify(await Promise.all(all)), loader: "json" };
    });
  },
};

/** The editor takes a field of an input for missing that has a default, and marks good variables as wrong. */
const defaults = {
  name: "defaults",
  setup(build) {
    build.onLoad({ filter: /getVariablesJSONSchema\.js$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      if (!text.includes("if (fieldRequired)")) throw new Error(`${path} has changed: is it still to be mended?`);
      return { contents: text.replace("if (fieldRequired)", "if (fieldRequired && field.defaultValue === undefined)") };
    });
  },
};

/** Styles come as one file of their own: what scripts import of them is left out. */
const noStyles = {
  name: "no-styles",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, () => ({ contents: "", loader: "empty" }));
  },
};

function named(result, entry) {
  const found = Object.entries(result.metafile.outputs).find(([, made]) => made.entryPoint === entry);
  return "/explorer/" + relative(out, resolve(here, found[0]));
}

/** The licences of all that is bundled; one that is not on the list stops it. */
async function ofPackages(results) {
  const inputs = results.flatMap((result) => Object.values(result.metafile.outputs)).flatMap((made) =>
    Object.entries(made.inputs).filter(([, input]) => input.bytesInOutput > 0).map(([path]) => path));
  const folders = new Set(inputs.map((path) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0]).filter(Boolean));
  const texts = [...folders].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(join(here, folder, "package.json"), "utf8"));
    if (!LICENCES.includes(license)) throw new Error(`${name} ${version} is under ${license}, which is not on the list`);
    const file = (await readdir(join(here, folder))).find((file) => /^licen[cs]e/i.test(file));
    const text = file ? await readFile(join(here, folder, file), "utf8") : "";
    return `${name} ${version}, ${license}\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(72)}\n\n`);
}

const workers = await build({
  ...common,
  format: "iife",
  plugins: [defaults],
  entryPoints: Object.fromEntries(Object.entries(MONACO).map(([name, from]) => [`${name}-worker`, from])),
});
const workerAt = Object.fromEntries(
  Object.entries(MONACO).map(([name, from]) => [name, named(workers, `node_modules/${from}`)]),
);
const scripts = await build({
  ...common,
  format: "esm",
  splitting: true,
  jsx: "automatic",
  entryPoints: { page: "src/main.jsx" },
  // Their old names are CommonJS, of which an import here finds nothing by name.
  alias: { "prettier/parser-graphql": "prettier/plugins/graphql", "prettier/parser-babel": "prettier/plugins/babel" },
  define: { ...common.define, WORKERS: JSON.stringify(workerAt) },
  plugins: [examples, defaults, noStyles],
});
const styles = await build({
  ...common,
  entryPoints: { page: "src/style.css", icon: "icon.svg" },
  loader: { ".ttf": "file", ".svg": "copy" },
});

const licences = await ofPackages([workers, scripts, styles]);
const licencesName = `licences-${createHash("sha256").update(licences).digest("hex").slice(0, 8)}.txt`;

const page = (await readFile(join(here, "index.html"), "utf8"))
  .replace("{script}", named(scripts, "src/main.jsx"))
  .replace("{style}", named(styles, "src/style.css"))
  .replace("{icon}", named(styles, "icon.svg"))
  .replace("{licences}", `/explorer/${licencesName}`);

await rm(out, { recursive: true, force: true });
await mkdir(out);
await writeFile(join(out, "index.html"), page);
let [plain, zipped] = [0, 0];
const files = [workers, scripts, styles].flatMap((made) => made.outputFiles);
for (const file of [...files, { path: join(out, licencesName), contents: Buffer.from(licences) }]) {
  const contents = gzipSync(file.contents, { level: 9 });
  plain += file.contents.length;
  zipped += contents.length;
  await writeFile(`${file.path}.gz`, contents);
}
console.log(`web/dist: ${Math.round(plain / 1024)} KiB, ${Math.round(zipped / 1024)} KiB as sent`);
