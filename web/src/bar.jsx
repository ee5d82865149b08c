import { useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { parse } from "graphql";
import { pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { examples, filled, folders } from "./examples.js";
import { ask, signIn, signOut, who } from "./session.js";

/** Where the editor shows one thing at a time. */
export const NARROW = 768;

const THEMES = { auto: null, light: "light", dark: "dark" };
const SIGNS = { auto: "◐", light: "☀", dark: "☾" };

export const WELCOME = `# 选一个示例，或者自己写一个操作；按 ▶ 或 Ctrl-Enter 运行。左边的书是每个字段的说明。
# Choose an example, or write an operation; ▶ or Ctrl-Enter runs it. The book at the left tells what every field is.

query WhoIsThere {
  __typename
}
`;

/** Before the editor, so that it comes first for those who use keys. */
const place = document.createElement("header");
document.body.prepend(place);

export function Bar({ told, demo, session, shown, setSaid, turn }) {
  const { introspect } = useGraphiQLActions();
  const { queryEditor, responseEditor, fetchError } = useGraphiQL(pick("queryEditor", "responseEditor", "fetchError"));
  const [busy, setBusy] = useState(false);

  useEffect(() => queryEditor?.updateOptions({ wordWrap: "on" }), [queryEditor]);

  // Those who are signed in may be told a schema that nobody else is.
  const tried = useRef(null);
  useEffect(() => {
    if (!fetchError || !session.account || tried.current === session.account) return;
    tried.current = session.account;
    introspect();
  }, [session.account, fetchError, introspect]);

  const enter = async (account, password) => {
    setBusy(true);
    const wrong = await signIn(account, password).catch(() => ({ code: "UNREACHABLE" }));
    setBusy(false);
    if (!wrong) return setSaid(null) ?? true;
    const why = { UNREACHABLE: "unreachable", RATE_LIMITED: "tooOften" };
    setSaid(why[wrong.code] ?? "refused");
    return false;
  };
  const leave = () => {
    responseEditor?.setValue("");
    setSaid(null);
    signOut();
  };
  const show = useShow(demo, enter);

  const bar = (
    <>
      <div className="bar">
        <h1>
          <Rings /> {told.brand} <small>{told.what}</small>
        </h1>
        <Examples told={told} show={show} />
        <span className="gap" />
        {session.token ? (
          <p className="who">
            <b>{session.account}</b> <small>{roleOf(demo, session.account, told)}</small>
            <button type="button" onClick={leave}>{told.signOut}</button>
          </p>
        ) : (
          <SignIn {...{ told, demo, busy, enter }} />
        )}
        <span className="looks">
          <Theme told={told} />
          <button type="button" className="quiet" onClick={turn} lang={told.language === "中文" ? "zh" : "en"}>{told.language}</button>
        </span>
      </div>
      <p role="alert" className={shown ? "said" : ""}>{shown && told[shown]}</p>
    </>
  );
  return createPortal(bar, place);
}

const roleOf = (demo, account, told) => {
  const found = demo.find((one) => one.account === account);
  return found ? (told.roles[found.role] ?? found.role) : "";
};

function SignIn({ told, demo, busy, enter }) {
  const [account, setAccount] = useState("");
  const [password, setPassword] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    if (!(await enter(account, password))) setPassword("");
  };
  const choose = (event) => {
    const chosen = demo.find((one) => one.account === event.target.value);
    if (chosen) enter(chosen.account, chosen.password);
  };
  return (
    <form className="sign-in" onSubmit={submit}>
      {demo.length > 0 && (
        <select aria-label={told.demo} value="" onChange={choose} disabled={busy} name="demo">
          <option value="">{told.demo}</option>
          {demo.map((one) => (
            <option key={one.account} value={one.account}>{one.account} · {told.roles[one.role] ?? one.role}</option>
          ))}
        </select>
      )}
      <input name="account" aria-label={told.account} placeholder={told.account} value={account} required
        autoComplete="username" autoCapitalize="none" spellCheck="false" onChange={(event) => setAccount(event.target.value)} />
      <input name="password" aria-label={told.password} placeholder={told.password} value={password} required
        type="password" autoComplete="current-password" onChange={(event) => setPassword(event.target.value)} />
      <button type="submit" disabled={busy}>{told.signIn}</button>
    </form>
  );
}

function Examples({ told, show }) {
  const language = told.language === "English" ? "zh" : "en";
  return (
    <select name="examples" aria-label={told.examples} value="" onChange={(event) => show(event.target.value)}>
      <option value="">{told.examples}</option>
      {folders.map((folder) => (
        <optgroup key={folder.name} label={told.folders[folder.name]}>
          {folder.examples.map((one) => (
            <option key={one.name} value={one.name}>{one.title[language]}</option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}

const untouched = (text) => [WELCOME, "", ...examples.map((one) => one.query)].includes(text);

/** Shows an example, as the account that asks it where this is a demo. Queries run at once; what one wrote stays. */
function useShow(demo, enter) {
  const { addTab, setOperationFacts, setVisiblePlugin, run } = useGraphiQLActions();
  const { queryEditor, variableEditor, responseEditor } = useGraphiQL(pick("queryEditor", "variableEditor", "responseEditor"));
  return async (name) => {
    const example = examples.find((one) => one.name === name);
    if (!example) return;
    const account = demo.find((one) => one.account === example.account);
    if (account && who().account !== account.account && !(await enter(account.account, account.password))) return;
    const variables = await filled(example, ask).catch(() => example.variables);
    if (innerWidth < NARROW) setVisiblePlugin(null);
    if (!untouched(queryEditor.getValue())) addTab();
    responseEditor.setValue("");
    queryEditor.setValue(example.query);
    variableEditor.setValue(variables);
    const documentAST = parse(example.query);
    setOperationFacts({ documentAST, operationName: example.operation, operations: documentAST.definitions });
    if (example.kind === "query") run();
  };
}

function Theme({ told }) {
  const { setTheme } = useGraphiQLActions();
  const { theme } = useGraphiQL(pick("theme"));
  const now = theme ?? "auto";
  const names = Object.keys(THEMES);
  const turn = () => setTheme(THEMES[names[(names.indexOf(now) + 1) % names.length]]);
  return (
    <button type="button" className="quiet theme" onClick={turn} title={told.theme[now]} aria-label={told.theme[now]} data-theme={now}>
      {SIGNS[now]}
    </button>
  );
}

const Rings = () => (
  <svg viewBox="0 0 32 32" aria-hidden="true">
    <circle cx="16" cy="11" r="7" />
    <circle cx="11" cy="20" r="7" />
    <circle cx="21" cy="20" r="7" />
  </svg>
);
