// The operations of examples/, and how their variables are filled.
import all from "examples";

const FOLDERS = ["phone", "front-end", "script", "office", "public"];

/** `# 中文 · English` heads each; `Asked as` names the demo's account that may. */
function read({ name, query, variables }) {
  const [, zh, en] = /^# (.+) · (.+)$/m.exec(query);
  const account = /Asked as `([^`]+)`/.exec(query)?.[1] ?? null;
  const operation = /^(query|mutation) (\w+)/m.exec(query);
  return { name, folder: name.split("/")[0], title: { zh, en }, account, query, variables, kind: operation[1], operation: operation[2] };
}

export const examples = all.map(read);
export const folders = FOLDERS.map((name) => ({ name, examples: examples.filter((one) => one.folder === name) }));

const today = () => new Intl.DateTimeFormat("sv", { timeZone: "Asia/Shanghai" }).format(new Date());

function thisQuarter() {
  const [year, month] = today().split("-").map(Number);
  return { year, quarter: Math.ceil(month / 3) };
}

const HOLE = /^\{\{(.+)\}\}$/;

/**
 * Fills what stands in braces: `{{new}}` a new key, `{{today}}` and `{{quarter}}` those we have, and
 * `{{phone/mine:/viewer/…/id}}` what that example answers there. The tests fill them in the same way.
 */
export async function filled(example, ask) {
  const answers = new Map();
  const answerOf = async (name) => {
    if (!answers.has(name)) {
      const other = examples.find((one) => one.name === name);
      const { body } = await ask({ query: other.query, variables: JSON.parse((await filled(other, ask)) || "{}") });
      answers.set(name, body.data);
    }
    return answers.get(name);
  };
  const fill = async (value) => {
    if (Array.isArray(value)) return Promise.all(value.map(fill));
    if (value && typeof value === "object") {
      const entries = Object.entries(value).map(async ([key, inner]) => [key, await fill(inner)]);
      return Object.fromEntries(await Promise.all(entries));
    }
    const hole = typeof value === "string" && HOLE.exec(value)?.[1];
    if (!hole) return value;
    if (hole === "new") return `explorer-${Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join("")}`;
    if (hole === "today") return today();
    if (hole === "quarter") return thisQuarter();
    const [name, pointer] = hole.split(":");
    return pointer.slice(1).split("/").reduce((at, key) => at?.[key], await answerOf(name)) ?? value;
  };
  if (!example.variables) return "";
  return JSON.stringify(await fill(JSON.parse(example.variables)), null, 2);
}
