// Reads cases as JSON lines, {"sdl", "query", "variables", "operationName", "data", "errors"}, or with "data" and
// "errors" within an "answer"; writes a verdict for each: {"ok": true} or {"ok": false, "why": "…"}.
import { createInterface } from 'node:readline';
import { judge } from './judge.mjs';

for await (const line of createInterface({ input: process.stdin })) {
  if (!line.trim()) continue;
  const why = objection(line);
  console.log(JSON.stringify(why === null ? { ok: true } : { ok: false, why }));
}

function objection(line) {
  try {
    const { answer, ...rest } = JSON.parse(line);
    return judge({ ...rest, ...answer });
  } catch (error) {
    return `the case cannot be judged: ${error.message}`;
  }
}
