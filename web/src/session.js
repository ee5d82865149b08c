// Who one is. The token lives in memory alone: closing or reloading the page forgets it.
import { parse } from "graphql";
import { useSyncExternalStore } from "react";

const SIGN_IN = `mutation SignIn($input: SignInInput!) { signIn(input: $input) {
  token expiresAt refreshToken mustChangePassword userErrors { message code } } }`;
const REFRESH = `mutation Refresh($input: SessionRefreshInput!) { sessionRefresh(input: $input) {
  token expiresAt refreshToken mustChangePassword userErrors { message code } } }`;
const SIGN_OUT = "mutation SignOut { signOut { done } }";

/** How long before its end a token is replaced. */
const AHEAD = 60_000;
/** The least wait between two tries: a clock that goes wrong must not make a storm. */
const LEAST = 5_000;

const nobody = { account: null, token: null, refreshToken: null, passwordDue: false, ended: false };
let now = nobody;
let timer;
let refreshing;
const listeners = new Set();

function become(next) {
  now = next;
  clearTimeout(timer);
  listeners.forEach((tell) => tell());
}

export const who = () => now;

export function useSession() {
  const subscribe = (tell) => {
    listeners.add(tell);
    return () => listeners.delete(tell);
  };
  return useSyncExternalStore(subscribe, who);
}

/** Sends one operation, and tells what came back and how. */
export async function send(operation, token) {
  const began = performance.now();
  const headers = { "content-type": "application/json", accept: "application/graphql-response+json, application/json;q=0.9" };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify(operation) });
  const text = await response.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = { errors: [{ message: text.trim() || `HTTP ${response.status}`, extensions: { status: response.status } }] };
  }
  const took = Math.round(performance.now() - began);
  return { body, status: response.status, took, id: response.headers.get("x-request-id"), retry: response.headers.get("retry-after") };
}

function begin(account, payload) {
  const { token, refreshToken, mustChangePassword } = payload;
  become({ account, token, refreshToken, passwordDue: Boolean(mustChangePassword), ended: false });
  const left = Date.parse(payload.expiresAt) - Date.now() - AHEAD;
  timer = setTimeout(() => refresh().catch(() => {}), Math.max(left, LEAST));
}

/** Signs in; answers what went wrong, or nothing. */
export async function signIn(account, password) {
  const { body, retry } = await send({ query: SIGN_IN, variables: { input: { account, password } } });
  const payload = body.data?.signIn;
  if (payload?.token) {
    const before = now;
    begin(account, payload);
    if (before.token) send({ query: SIGN_OUT }, before.token).catch(() => {});
    return null;
  }
  const wrong = payload?.userErrors?.[0] ?? body.errors?.[0];
  return { code: wrong?.code ?? wrong?.extensions?.code, message: wrong?.message ?? "", retry };
}

/** The next token; one asks for it, however many wait. A session that has ended is forgotten. */
export function refresh() {
  refreshing ??= next().finally(() => {
    refreshing = undefined;
  });
  return refreshing;
}

async function next() {
  const { account, refreshToken } = now;
  if (!refreshToken) return false;
  let answer;
  try {
    answer = await send({ query: REFRESH, variables: { input: { refreshToken } } });
  } catch {
    timer = setTimeout(() => refresh().catch(() => {}), LEAST);
    return false;
  }
  if (now.refreshToken !== refreshToken) return Boolean(now.token);
  const payload = answer.body.data?.sessionRefresh;
  if (payload?.token) {
    begin(account, payload);
    return true;
  }
  become({ ...nobody, ended: true });
  return false;
}

export async function signOut() {
  const { token } = now;
  become(nobody);
  if (token) await send({ query: SIGN_OUT }, token).catch(() => {});
}

const unauthenticated = (body) => body.errors?.some((error) => error.extensions?.code === "UNAUTHENTICATED");

/** The editor learns an operation's name a moment after it is written: a name that the text no longer has is left out. */
function named({ operationName, ...operation }) {
  try {
    const { definitions } = parse(operation.query);
    return definitions.some((one) => one.name?.value === operationName) ? { ...operation, operationName } : operation;
  } catch {
    return operation;
  }
}

/** Asks as who one is. A token that ran out while the machine slept is replaced, once. */
export async function ask(written) {
  const operation = named(written);
  const { token } = now;
  const answer = await send(operation, token);
  if (token && unauthenticated(answer.body) && (await refresh())) return send(operation, now.token);
  return answer;
}
