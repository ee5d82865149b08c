import { createRoot } from "react-dom/client";
import { Page } from "./page.jsx";

// Each worker is a file of this server's: nothing is fetched from anywhere else.
globalThis.MonacoEnvironment = {
  getWorker: (_, label) => new Worker(WORKERS[label] ?? WORKERS.editor, { name: label }),
};

createRoot(document.getElementById("root")).render(<Page />);
