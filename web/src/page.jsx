import { useCallback, useEffect, useState } from "react";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { DOC_EXPLORER_PLUGIN } from "@graphiql/plugin-doc-explorer";
import { Bar, NARROW, WELCOME } from "./bar.jsx";
import { ask, useSession, who } from "./session.js";
import { storage } from "./storage.js";
import { words } from "./words.js";

const PLUGINS = [HISTORY_PLUGIN];
const WIDE = 1400;
const INTROSPECTION = "IntrospectionQuery";

const first = storage.getItem("sanlian:language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");

export function Page() {
  const [language, setLanguage] = useState(first);
  const [demo, setDemo] = useState([]);
  const [said, setSaid] = useState(null);
  const [last, setLast] = useState(null);
  const session = useSession();
  const told = words[language];

  useEffect(() => {
    document.documentElement.lang = language;
    storage.setItem("sanlian:language", language);
  }, [language]);
  useEffect(() => {
    fetch("/explorer.json").then((answer) => answer.json()).then((about) => setDemo(about.accounts), () => {});
  }, []);

  const fetcher = useCallback(async (operation) => {
    let answer;
    try {
      answer = await ask(operation);
    } catch {
      setSaid("unreachable");
      return { errors: [{ message: "unreachable" }] };
    }
    const codes = (answer.body.errors ?? []).map((error) => error.extensions?.code);
    if (operation.operationName === INTROSPECTION) {
      setSaid((said) => (answer.body.data?.__schema ? (said === "noSchema" ? null : said) : "noSchema"));
      return answer.body;
    }
    const { status, took, id, body } = answer;
    setLast({ status, took, id, cost: body.extensions?.cost, wrong: codes.length });
    setSaid(codes.includes("UNAUTHENTICATED") && !who().token ? "mustSignIn" : null);
    return answer.body;
  }, []);

  const state = session.ended && said === null ? "ended" : session.passwordDue && said === null ? "passwordDue" : said;
  const shown = state === "mustSignIn" && demo.length ? "mustSignInDemo" : state;
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={PLUGINS}
      defaultQuery={WELCOME}
      defaultEditorToolsVisibility={innerWidth >= NARROW ? "variables" : false}
      isHeadersEditorEnabled={false}
      shouldPersistHeaders={false}
      inputValueDeprecation
      visiblePlugin={innerWidth >= WIDE ? DOC_EXPLORER_PLUGIN : undefined}
    >
      <GraphiQL.Logo>
        <span />
      </GraphiQL.Logo>
      <GraphiQL.Footer>
        <p className="last">{last && <Last last={last} told={told} />}</p>
      </GraphiQL.Footer>
      <Bar {...{ told, demo, session, shown, setSaid }} turn={() => setLanguage(language === "zh" ? "en" : "zh")} />
    </GraphiQL>
  );
}

/** How the last operation went. */
function Last({ last: { status, took, id, cost, wrong }, told }) {
  const price = cost && (typeof cost === "object" ? (cost.requested ?? cost.cost ?? JSON.stringify(cost)) : cost);
  return (
    <>
      <b className={wrong || status > 399 ? "bad" : "good"}>{status}{wrong > 0 && ` · ${told.errors} ${wrong}`}</b> · {took} ms
      {price != null && ` · ${told.cost} ${price}`}
      {id && ` · ${told.request} ${id}`}
    </>
  );
}
