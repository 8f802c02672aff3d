import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { z } from "zod";
import { App } from "./app.js";
import { routeOf } from "./data/route.js";
import { keptToken } from "./data/session.js";
import { readView } from "./shell.js";
import "./style.css";

// zod would try whether it may write code, which the page's policy forbids.
z.config({ jitless: true });

/** How long the page waits for the file of its view before it shows its frame, ms: from the cache it is there sooner. */
const PATIENCE_MS = 150;

async function start(root: HTMLElement): Promise<void> {
  const patience = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS));
  // The view itself says what is wrong with its file.
  if (keptToken() !== null) await Promise.race([readView(routeOf(location.hash)), patience]).catch(() => undefined);
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

const root = document.getElementById("root");
if (root !== null) void start(root);
