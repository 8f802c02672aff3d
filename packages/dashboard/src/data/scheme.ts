import { useEffect, useState } from "react";

const schemes = ["auto", "light", "dark"] as const;
type Scheme = (typeof schemes)[number];
const words: Record<Scheme, string> = { auto: "Colours: system", light: "Colours: light", dark: "Colours: dark" };
const KEY = "tributary.scheme";

const kept = (): Scheme => schemes.find((scheme) => scheme === localStorage.getItem(KEY)) ?? "auto";

/** The colours that somebody chose, in words, and a function that takes the next. */
export function useScheme(): [string, () => void] {
  const [scheme, setScheme] = useState<Scheme>(kept);
  useEffect(() => {
    if (scheme === "auto") delete document.documentElement.dataset.scheme;
    else document.documentElement.dataset.scheme = scheme;
    localStorage.setItem(KEY, scheme);
    dispatchEvent(new Event("schemechange"));
  }, [scheme]);
  return [words[scheme], () => setScheme(schemes[(schemes.indexOf(scheme) + 1) % schemes.length] ?? "auto")];
}

/** A number that changes when the colours do: what is drawn on a canvas is drawn again. */
export function useColours(): number {
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const change = () => setVersion((before) => before + 1);
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", change);
    addEventListener("schemechange", change);
    return () => {
      system.removeEventListener("change", change);
      removeEventListener("schemechange", change);
    };
  }, []);
  return version;
}
